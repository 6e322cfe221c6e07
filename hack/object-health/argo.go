package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// The most that Argo CD gives a script.
const limit = time.Second

// Health states that Argo CD takes from a script; with any other it shows Unknown.
var known = map[string]bool{
	"Healthy": true, "Progressing": true, "Degraded": true, "Suspended": true, "Missing": true, "Unknown": true,
}

// argoHealth runs a script as Argo CD does: the object is the global `obj`, and of Lua's libraries only base, package and
// table are there (no `string`, no `io`) unless the administrator opened them.
func argoHealth(script string, object map[string]any) (health, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}} {
		state.Push(state.NewFunction(library.open))
		state.Push(lua.LString(library.name))
		state.Call(1, 0)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", value(state, object))
	if err := state.DoString(script); err != nil {
		return health{}, fmt.Errorf("Lua: %w", err)
	}
	returned, isTable := state.Get(-1).(*lua.LTable)
	if !isTable {
		return health{}, errors.New("Lua: the script returned no table")
	}
	found := health{Status: text(returned, "status"), Message: text(returned, "message")}
	if !known[found.Status] {
		return health{}, fmt.Errorf("Lua: Argo CD knows no health %q", found.Status)
	}
	return found, nil
}

func text(table *lua.LTable, key string) string {
	return lua.LVAsString(table.RawGetString(key))
}

// value is the Lua value of a decoded JSON value: null is nil, lists are tables from 1 on.
func value(state *lua.LState, from any) lua.LValue {
	switch typed := from.(type) {
	case bool:
		return lua.LBool(typed)
	case int64:
		return lua.LNumber(typed)
	case float64:
		return lua.LNumber(typed)
	case string:
		return lua.LString(typed)
	case []any:
		list := state.NewTable()
		for _, item := range typed {
			list.Append(value(state, item))
		}
		return list
	case map[string]any:
		table := state.NewTable()
		for key, item := range typed {
			table.RawSetString(key, value(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}
