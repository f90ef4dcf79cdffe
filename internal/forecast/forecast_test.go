package forecast

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestBookRemembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache", "speeds.json")
	if _, has := Open(path).Speed("a"); has {
		t.Error("an empty book has a speed")
	}
	if err := Open(path).Note(map[string]Speed{"a": {Seconds: 2, At: time.Unix(1, 0)}}); err != nil {
		t.Fatal(err)
	}
	if err := Open(path).Note(map[string]Speed{"b": {Seconds: 3, FLOPS: 1e9, At: time.Unix(2, 0)}}); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{"a": 2, "b": 3} {
		if s, has := Open(path).Speed(key); !has || s.Seconds != want {
			t.Errorf("%s: %+v, %v", key, s, has)
		}
	}
	var none *Book
	if _, has := none.Speed("a"); has || none.Note(map[string]Speed{"a": {}}) != nil {
		t.Error("a nil book knows something")
	}
}

// The oldest of too many entries go, and a damaged file is begun again.
func TestBookIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "speeds.json")
	if err := os.WriteFile(path, []byte("{damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	all := map[string]Speed{}
	for i := range mostEntries + 5 {
		all[strconv.Itoa(i)] = Speed{Seconds: 1, At: time.Unix(int64(i), 0)}
	}
	b := Open(path)
	if err := b.Note(all); err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]bool{4: false, 5: true, mostEntries + 4: true} {
		if _, has := b.Speed(strconv.Itoa(i)); has != want {
			t.Errorf("entry %d is there: %v", i, has)
		}
	}
}

// Seeds, rates, lengths and what is read do not matter; batches and machines do.
func TestKey(t *testing.T) {
	key := func(inputs string, machine any) string {
		k, err := Key(json.RawMessage(inputs), machine)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	sum := strings.Repeat("0a", 32)
	const one = `{"seed": 1, "data": "x", "training": {"epochs": 1, "batch": 16, "learning_rate": 0.1}}`
	if key(one, "m") != key(`{"seed": 2, "data": "y", "training": {"epochs": 9, "batch": 16, "learning_rate": 1}, "weights": "`+sum+`"}`, "m") {
		t.Error("what is alike has two keys")
	}
	if key(one, "m") == key(strings.Replace(one, "16", "32", 1), "m") || key(one, "m") == key(one, "n") {
		t.Error("what is not alike has one key")
	}
}
