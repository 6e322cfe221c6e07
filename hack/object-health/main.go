// The program object-health says of Kubernetes objects what tools that wait for them would say: kstatus (Flux, kpt, and
// `kubectl` plug-ins) by its own library, and Argo CD by a health script run in the Lua interpreter that Argo CD uses.
//
// Input is one JSON document {"script": "...", "objects": [...]}; output is one JSON list with a verdict an object.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type request struct {
	// Lua, as in argocd-cm; nothing is run when it is empty.
	Script  string           `json:"script"`
	Objects []map[string]any `json:"objects"`
}

type health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type verdict struct {
	Kstatus health  `json:"kstatus"`
	Argo    *health `json:"argo,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var asked request
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	// Kubernetes' own reader: whole numbers become int64, which kstatus insists on.
	if err := utiljson.Unmarshal(input, &asked); err != nil {
		return fmt.Errorf("input is not the JSON that is expected: %w", err)
	}
	verdicts := make([]verdict, 0, len(asked.Objects))
	for _, object := range asked.Objects {
		computed, err := status.Compute(&unstructured.Unstructured{Object: object})
		if err != nil {
			return fmt.Errorf("kstatus: %w", err)
		}
		one := verdict{Kstatus: health{Status: computed.Status.String(), Message: computed.Message}}
		if asked.Script != "" {
			argo, err := argoHealth(asked.Script, object)
			if err != nil {
				return err
			}
			one.Argo = &argo
		}
		verdicts = append(verdicts, one)
	}
	return json.NewEncoder(os.Stdout).Encode(verdicts)
}
