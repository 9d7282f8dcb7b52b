package kalamtest

import (
	"net/http"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

// What the emulated server calls itself.
const (
	serverVersion = "0.4.3-rc.4"
	buildDate     = "2026-11-23 23:00:27 UTC"
)

// serveHealth is GET /health and GET /v1/api/healthcheck, which are for callers on the same machine: a server in a test
// is never a remote one, unless WithRemoteCallers makes it so.
func (s *Server) serveHealth(w http.ResponseWriter, _ *http.Request) {
	if !s.local(w) {
		return
	}
	writeJSON(w, http.StatusOK, wire.Health{Status: "healthy", Version: s.cfg.generation.version(), APIVersion: "v1", BuildDate: buildDate})
}

// serveClusterHealth is GET /v1/api/cluster/health: one node, which leads.
func (s *Server) serveClusterHealth(w http.ResponseWriter, _ *http.Request) {
	if !s.local(w) {
		return
	}
	up := time.Since(s.started).Truncate(time.Second)
	writeJSON(w, http.StatusOK, wire.ClusterHealth{
		Status: "healthy", Version: s.cfg.generation.version(), BuildDate: buildDate,
		IsClusterMode: true, ClusterID: "kalamtest", NodeID: 1, IsLeader: true, TotalGroups: 3, GroupsLeading: 3,
		CurrentTerm: new(int64(1)), LastApplied: new(int64(s.tally.snapshot().Queries)), MillisSinceQuorumAck: new(int64(0)),
		Nodes: []wire.ClusterNode{{
			NodeID: 1, Role: "leader", Status: "active", APIAddr: s.Addr(), IsSelf: true, IsLeader: true,
			Hostname: "kalamtest", MemoryUsageMB: new(float64(64)), CPUUsagePercent: new(float64(0)),
			UptimeSeconds: new(int64(up.Seconds())), UptimeHuman: up.String(),
		}},
	})
}
