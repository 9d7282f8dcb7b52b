package wire

// Health is the answer of GET /health and /v1/api/healthcheck, which only callers on the server's machine get.
type Health struct {
	Status     string `json:"status"`
	Version    string `json:"version"`
	APIVersion string `json:"api_version"`
	BuildDate  string `json:"build_date"`
}

// ClusterHealth is the answer of GET /v1/api/cluster/health, likewise.
type ClusterHealth struct {
	Status               string        `json:"status"` // healthy, degraded or unhealthy
	Version              string        `json:"version"`
	BuildDate            string        `json:"build_date"`
	IsClusterMode        bool          `json:"is_cluster_mode"`
	ClusterID            string        `json:"cluster_id"`
	NodeID               int64         `json:"node_id"`
	IsLeader             bool          `json:"is_leader"`
	TotalGroups          int64         `json:"total_groups"`
	GroupsLeading        int64         `json:"groups_leading"`
	CurrentTerm          *int64        `json:"current_term"`
	LastApplied          *int64        `json:"last_applied"`
	MillisSinceQuorumAck *int64        `json:"millis_since_quorum_ack"`
	Nodes                []ClusterNode `json:"nodes"`
}

// ClusterNode is one node of a cluster. Nil members are null, or missing where said so.
type ClusterNode struct {
	NodeID             int64    `json:"node_id"`
	Role               string   `json:"role"`
	Status             string   `json:"status"`
	APIAddr            string   `json:"api_addr"`
	IsSelf             bool     `json:"is_self"`
	IsLeader           bool     `json:"is_leader"`
	ReplicationLag     *int64   `json:"replication_lag"`
	CatchupProgressPct *float64 `json:"catchup_progress_pct"`
	Hostname           string   `json:"hostname,omitzero"`          // may be missing
	MemoryUsageMB      *float64 `json:"memory_usage_mb,omitzero"`   // may be missing
	CPUUsagePercent    *float64 `json:"cpu_usage_percent,omitzero"` // may be missing
	UptimeSeconds      *int64   `json:"uptime_seconds,omitzero"`    // may be missing
	UptimeHuman        string   `json:"uptime_human,omitzero"`      // may be missing
}
