package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCgoFlags(t *testing.T) {
	include, link, err := cgoFlags("/opt/my torch", Adaptation{Standard: "c++20", CXX11ABI: "0"})
	if err != nil {
		t.Fatal(err)
	}
	wantInclude := `-std=c++20 -D_GLIBCXX_USE_CXX11_ABI=0 -isystem "/opt/my torch/include" -isystem "/opt/my torch/include/torch/csrc/api/include"`
	if diff := cmp.Diff(wantInclude, include); diff != "" {
		t.Errorf("include (-want +got):\n%s", diff)
	}
	wantLink := `"-L/opt/my torch/lib" "-Wl,-rpath,/opt/my torch/lib" -ltorch_cpu -lc10 `
	if !strings.HasPrefix(link, wantLink) {
		t.Errorf("link: got %s, want %s...", link, wantLink)
	}
}

func TestCgoFlagsWithoutABI(t *testing.T) {
	include, _, err := cgoFlags("/opt/torch", Adaptation{Standard: "c++17"})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(include, "ABI") {
		t.Errorf("an ABI is chosen where there is only one: %s", include)
	}
}

func TestCgoFlagsRefusesPathsThatCgoWould(t *testing.T) {
	for _, path := range []string{"relative/torch", `/opt/to"rch`, "/opt/a,b", "/opt/$HOME", "/opt/a\nb"} {
		if _, _, err := cgoFlags(path, Adaptation{Standard: "c++17"}); err == nil {
			t.Errorf("%q was accepted", path)
		}
	}
}

func TestStandardLibrary(t *testing.T) {
	for goos, want := range map[string]string{"linux": "-lstdc++", "darwin": "-lc++"} {
		if got := standardLibrary(goos); got != want {
			t.Errorf("%s: got %s, want %s", goos, got, want)
		}
	}
}

func TestABIOf(t *testing.T) {
	for name, tc := range map[string]struct {
		symbols []string
		want    string
	}{
		"new":     {[]string{"_ZN3c105ErrorD1Ev", "_ZN3c106detail14torchCheckFailEPKcS2_jRKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"}, "1"},
		"old":     {[]string{"_ZN3c106detail14torchCheckFailEPKcS2_jS2_", "_ZN3c106detail14torchCheckFailEPKcS2_jRKSs"}, "0"},
		"neither": {[]string{"_ZN3c106detail14torchCheckFailEPKcS2_jS2_"}, ""},
	} {
		if got := abiOf(tc.symbols); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}
