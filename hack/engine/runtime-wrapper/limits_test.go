package main

import (
	"encoding/json"
	"testing"
)

// A machine without CAP_SYS_RESOURCE, with at most 1024 open files.
var small = limits{
	bounding: 0x1fffeffffff,
	hard:     func(name string) (uint64, bool) { return 1024, name == "RLIMIT_NOFILE" },
}

const process = `{"terminal":true,"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE","CAP_FUTURE"]},` +
	`"oomScoreAdj":-500,"rlimits":[{"type":"RLIMIT_NOFILE","hard":65536,"soft":512}]}`

const fitted = `{"capabilities":{"bounding":["CAP_CHOWN","CAP_FUTURE"]},"oomScoreAdj":0,` +
	`"rlimits":[{"type":"RLIMIT_NOFILE","hard":1024,"soft":512}],"terminal":true}`

func TestAProcessGetsWhatTheMachineHas(t *testing.T) {
	got, err := fit([]byte(process), small)
	if err != nil || string(got) != fitted {
		t.Fatalf("got %s, %v", got, err)
	}
}

func TestABundleKeepsEverythingElse(t *testing.T) {
	got, err := fit([]byte(`{"linux":{"n":12345678901234567890},"process":`+process+`}`), small)
	if want := `{"linux":{"n":12345678901234567890},"process":` + fitted + `}`; err != nil || string(got) != want {
		t.Fatalf("got %s, %v", got, err)
	}
}

func TestAMachineWithEverythingChangesNothing(t *testing.T) {
	got, err := fit([]byte(process), limits{bounding: ^uint64(0), hard: small.hard})
	if err != nil {
		t.Fatal(err)
	}
	var before, after map[string]any
	if json.Unmarshal([]byte(process), &before) != nil || json.Unmarshal(got, &after) != nil {
		t.Fatal("not JSON")
	}
	if after["oomScoreAdj"] != before["oomScoreAdj"] {
		t.Fatalf("got %v", after["oomScoreAdj"])
	}
}

func TestTheSpecificationIsFoundAmongTheArguments(t *testing.T) {
	for want, args := range map[string][]string{
		"/b/config.json": {"--root", "/r", "--log=/l", "create", "--bundle", "/b", "--pid-file", "/p", "id"},
		"/p.json":        {"--root", "/r", "exec", "--process=/p.json", "--detach", "id"},
		"":               {"--root", "/r", "delete", "--force", "run"},
	} {
		if got := specification(args); got != want {
			t.Errorf("%v: got %q, want %q", args, got, want)
		}
	}
}
