package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Capabilities by their number in the kernel, which is also their bit in CapBnd.
var capabilityNames = strings.Fields(`CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP
	LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
	SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE
	AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF
	CHECKPOINT_RESTORE`)

const capSysResource = 24

// limits is what this machine can give to a process.
type limits struct {
	bounding uint64
	// hard returns the hard resource limit of this process, by the specification's name for it.
	hard func(name string) (uint64, bool)
}

func currentLimits() (limits, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return limits{}, err
	}
	bounding, err := parseBounding(string(status))
	return limits{bounding: bounding, hard: hardLimit}, err
}

func parseBounding(status string) (uint64, error) {
	for line := range strings.Lines(status) {
		if value, found := strings.CutPrefix(line, "CapBnd:"); found {
			return strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		}
	}
	return 0, errors.New("no CapBnd line in /proc/self/status")
}

func (l limits) has(capability string) bool {
	for number, name := range capabilityNames {
		if capability == "CAP_"+name {
			return l.bounding&(1<<number) != 0
		}
	}
	// A name newer than this list: runc knows better.
	return true
}

// capabilitySets drops from every set what is not in the bounding set.
func (l limits) capabilitySets(raw json.RawMessage) (any, error) {
	var sets map[string][]string
	if err := json.Unmarshal(raw, &sets); err != nil {
		return nil, err
	}
	for name, set := range sets {
		kept := []string{}
		for _, capability := range set {
			if l.has(capability) {
				kept = append(kept, capability)
			}
		}
		sets[name] = kept
	}
	return sets, nil
}

// oomScoreAdj may not be lowered without CAP_SYS_RESOURCE.
func (l limits) oomScoreAdj(raw json.RawMessage) (any, error) {
	var score int
	if err := json.Unmarshal(raw, &score); err != nil {
		return nil, err
	}
	if l.bounding&(1<<capSysResource) == 0 {
		score = max(score, 0)
	}
	return score, nil
}

type rlimit struct {
	Type string `json:"type"`
	Hard uint64 `json:"hard"`
	Soft uint64 `json:"soft"`
}

// rlimits may not be raised above the present hard limits without CAP_SYS_RESOURCE.
func (l limits) rlimits(raw json.RawMessage) (any, error) {
	var all []rlimit
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	if l.bounding&(1<<capSysResource) != 0 {
		return all, nil
	}
	for i := range all {
		if hard, known := l.hard(all[i].Type); known {
			all[i].Hard = min(all[i].Hard, hard)
			all[i].Soft = min(all[i].Soft, hard)
		}
	}
	return all, nil
}

var rlimitNumbers = map[string]int{
	"RLIMIT_CPU": 0, "RLIMIT_FSIZE": 1, "RLIMIT_DATA": 2, "RLIMIT_STACK": 3, "RLIMIT_CORE": 4, "RLIMIT_RSS": 5,
	"RLIMIT_NPROC": 6, "RLIMIT_NOFILE": 7, "RLIMIT_MEMLOCK": 8, "RLIMIT_AS": 9, "RLIMIT_LOCKS": 10,
	"RLIMIT_SIGPENDING": 11, "RLIMIT_MSGQUEUE": 12, "RLIMIT_NICE": 13, "RLIMIT_RTPRIO": 14, "RLIMIT_RTTIME": 15,
}

func hardLimit(name string) (uint64, bool) {
	number, known := rlimitNumbers[name]
	if !known {
		return 0, false
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(number, &limit); err != nil {
		fmt.Fprintf(os.Stderr, "qbo-runc: %s: %v\n", name, err)
		return 0, false
	}
	return limit.Max, true
}
