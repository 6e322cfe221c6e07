// Stands in for runc where this machine withholds capabilities, as sandboxes and nested containers do. A privileged
// container asks for every capability; runc then fails as a whole because of the one that nobody here can have. This
// program takes out of a container's or an exec's specification what the machine can not give, and becomes runc.
//
// It runs at every container start and every exec, health checks included, so it does nothing else.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	args := os.Args[1:]
	if path := specification(args); path != "" {
		if err := rewrite(path); err != nil {
			fmt.Fprintf(os.Stderr, "qbo-runc: %s: %v\n", path, err)
			os.Exit(1)
		}
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		runc = "/usr/sbin/runc"
	}
	err = syscall.Exec(runc, append([]string{"runc"}, args...), os.Environ())
	fmt.Fprintf(os.Stderr, "qbo-runc: %s: %v\n", runc, err)
	os.Exit(1)
}

// specification is the file that says what the process may do: a bundle's config.json for create, run and restore,
// the --process file for exec, nothing for the other commands.
func specification(args []string) string {
	for i, arg := range args {
		switch arg {
		case "create", "run", "restore":
			bundle := option(args[i+1:], "--bundle", "-b")
			return filepath.Join(bundle, "config.json")
		case "exec":
			return option(args[i+1:], "--process", "-p")
		case "delete", "events", "kill", "list", "pause", "ps", "resume", "spec", "start", "state", "update", "checkpoint":
			return ""
		}
	}
	return ""
}

func option(args []string, names ...string) string {
	for i, arg := range args {
		for _, name := range names {
			if arg == name && i+1 < len(args) {
				return args[i+1]
			}
			if value, found := strings.CutPrefix(arg, name+"="); found {
				return value
			}
		}
	}
	return ""
}

func rewrite(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	limits, err := currentLimits()
	if err != nil {
		return err
	}
	fitted, err := fit(text, limits)
	if err != nil {
		return err
	}
	return os.WriteFile(path, fitted, 0o600)
}

// fit changes only the process part, and keeps every field that it does not know as it was.
func fit(text []byte, limits limits) ([]byte, error) {
	var outer map[string]json.RawMessage
	if err := json.Unmarshal(text, &outer); err != nil {
		return nil, err
	}
	process, isBundle := outer["process"]
	if !isBundle {
		process = text
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(process, &fields); err != nil {
		return nil, err
	}
	for name, fitField := range map[string]func(json.RawMessage) (any, error){
		"capabilities": limits.capabilitySets,
		"oomScoreAdj":  limits.oomScoreAdj,
		"rlimits":      limits.rlimits,
	} {
		raw, found := fields[name]
		if !found || string(raw) == "null" {
			continue
		}
		value, err := fitField(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if fields[name], err = json.Marshal(value); err != nil {
			return nil, err
		}
	}
	if !isBundle {
		return json.Marshal(fields)
	}
	process, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	outer["process"] = process
	return json.Marshal(outer)
}
