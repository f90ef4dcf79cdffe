package weights

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// autoencoder and withClassifier are networks to look for, small ones.
func autoencoder() map[string]Array {
	return map[string]Array{
		"encoder.0.weight": ramp(4, 3), "encoder.0.bias": ramp(4),
		"decoder.0.weight": ramp(3, 4), "decoder.0.bias": ramp(3),
	}
}

func withClassifier() map[string]Array {
	all := autoencoder()
	all["classifier.weight"], all["classifier.bias"] = ramp(10, 4), ramp(10)
	return all
}

func prefixed(prefix string, all map[string]Array) map[string]Array {
	out := map[string]Array{}
	for name, a := range all {
		out[prefix+name] = a
	}
	return out
}

func merged(all ...map[string]Array) map[string]Array {
	out := map[string]Array{}
	for _, m := range all {
		maps.Copy(out, m)
	}
	return out
}

func narrow(dtype DType, all map[string]Array) map[string]Array {
	out := map[string]Array{}
	for name, a := range all {
		out[name] = narrowed(dtype, a)
	}
	return out
}

// builder makes a file of torch.save's.
type builder struct {
	storages []string // keys and contents in turn
}

// dict is a state_dict of the arrays, in the order of their names.
func (b *builder) dict(all map[string]Array) string {
	var items []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		items = append(items, name, b.tensor(all[name]))
	}
	return pickleDict(items...)
}

func (b *builder) tensor(a Array) string {
	key := fmt.Sprint(len(b.storages) / 2)
	b.storages = append(b.storages, "a/data/"+key, string(a.Data))
	n, _ := elements(a.Shape)
	stride := make([]int, len(a.Shape))
	for d, step := len(stride)-1, 1; d >= 0; d-- {
		stride[d] = step
		step *= a.Shape[d]
	}
	storage, dtype := pickleStorage(dtypes[a.DType].storage, key, n), ""
	function := "_rebuild_tensor_v2"
	if dtypes[a.DType].storage == "" {
		storage, dtype = pickleStorage("UntypedStorage", key, len(a.Data)), "ctorch\n"+a.DType.torch()+"\n"
		function = "_rebuild_tensor_v3"
	}
	return "ctorch._utils\n" + function + "\n(" + storage + pickleInt(0) + pickleInts(a.Shape...) + pickleInts(stride...) + "\x89}" + dtype + "tR"
}

func (b *builder) file(t testing.TB, root string) []byte {
	return zipped(t, 0, append([]string{"a/data.pkl", root + "."}, b.storages...)...)
}

// both are a .pt and a .safetensors file of the arrays.
func both(t testing.TB, all map[string]Array) map[string][]byte {
	var b builder
	root := b.dict(all)
	return map[string][]byte{"pt": b.file(t, root), "safetensors": encoded(t, &File{Tensors: all})}
}

// TestFitNames: names with prefixes, alike in both formats.
func TestFitNames(t *testing.T) {
	averaged := map[string]Array{"n_averaged": Int64s(nil, []int64{7})}
	for name, test := range map[string]struct {
		file    map[string]Array
		network int
		notes   []string
	}{
		"plain":                   {autoencoder(), 1, nil},
		"with a classifier":       {withClassifier(), 0, nil},
		"DataParallel":            {prefixed("module.", autoencoder()), 1, []string{`stripped prefix "module."`}},
		"compiled":                {prefixed("_orig_mod.", withClassifier()), 0, []string{`stripped prefix "_orig_mod."`}},
		"Lightning":               {prefixed("model.", autoencoder()), 1, []string{`stripped prefix "model."`}},
		"compiled in parallel":    {prefixed("module._orig_mod.", autoencoder()), 1, []string{`stripped prefix "module._orig_mod."`}},
		"any prefix":              {prefixed("my_", autoencoder()), 1, []string{`stripped prefix "my_"`}},
		"averaged":                {merged(prefixed("module.", autoencoder()), averaged), 1, []string{`stripped prefix "module."`, `left out 1 tensor without that prefix: "n_averaged" (int64 [])`}},
		"a loss with weights":     {merged(prefixed("model.", autoencoder()), map[string]Array{"loss.weight": ramp(10)}), 1, []string{`stripped prefix "model."`, `left out 1 tensor without that prefix: "loss.weight" (float32 [10])`}},
		"a classifier beside it":  {merged(prefixed("model.", autoencoder()), map[string]Array{"head.weight": ramp(10, 4)}), 1, []string{`stripped prefix "model."`, `left out 1 tensor without that prefix: "head.weight" (float32 [10, 4])`}},
		"another network's names": {merged(prefixed("a.", autoencoder()), prefixed("b.", map[string]Array{"encoder.0.weight": ramp(4, 3)})), 1, []string{`stripped prefix "a."`, `left out 1 tensor without that prefix: "b.encoder.0.weight" (float32 [4, 3])`}},
		"another network's sizes": {merged(prefixed("a.", autoencoder()), prefixed("b.", maps.Collect(maps.All(map[string]Array{
			"encoder.0.weight": ramp(5, 3), "encoder.0.bias": ramp(5), "decoder.0.weight": ramp(3, 5), "decoder.0.bias": ramp(3)})))), 1,
			[]string{`stripped prefix "a."`, `left out 4 tensors without that prefix: ` +
				`"b.decoder.0.bias" (float32 [3]), "b.decoder.0.weight" (float32 [3, 5]), "b.encoder.0.bias" (float32 [5]) and 1 more`}},
	} {
		for format, b := range both(t, test.file) {
			s, err := parse(b)
			if err != nil {
				t.Fatal(err)
			}
			f, network, err := s.Fit(specs(withClassifier()), specs(autoencoder()))
			if err != nil {
				t.Errorf("%s, %s: %v", name, format, err)
				continue
			}
			want := []map[string]Array{withClassifier(), autoencoder()}[test.network]
			if diff := cmp.Diff(want, f.Tensors, sameData); diff != "" || network != test.network {
				t.Errorf("%s, %s: network %d (-want +got):\n%s", name, format, network, diff)
			}
			if diff := cmp.Diff(test.notes, f.Notes); diff != "" {
				t.Errorf("%s, %s: notes (-want +got):\n%s", name, format, diff)
			}
		}
	}
}

// TestFitDicts: state_dicts anywhere in a file.
func TestFitDicts(t *testing.T) {
	optimizer := func(b *builder) string {
		return pickleDict("state", "}(K\x00"+b.dict(map[string]Array{"exp_avg": ramp(4, 3), "step": ramp()})+"u", "param_groups", "](}e")
	}
	for name, test := range map[string]struct {
		root  func(b *builder) string
		notes []string
	}{
		"net": {func(b *builder) string {
			return pickleDict("net", b.dict(autoencoder()), "acc", "K\x5b", "epoch", "K\x01")
		},
			[]string{`read state_dict under key "net"`}},
		"beside an optimizer": {func(b *builder) string {
			return pickleDict("optimizer", optimizer(b), "model_state", b.dict(autoencoder()))
		}, []string{`read state_dict under key "model_state"`}},
		"deep": {func(b *builder) string {
			return pickleDict("checkpoint", pickleDict("model", pickleDict("state_dict", b.dict(prefixed("module.", autoencoder())))))
		}, []string{`read state_dict under keys "checkpoint", "model", "state_dict"`, `stripped prefix "module."`}},
		"in a tuple":  {func(b *builder) string { return b.dict(autoencoder()) + "K\x05\x86" }, []string{`read state_dict under key 0`}},
		"in a list":   {func(b *builder) string { return pickleDict("nets", "]"+b.dict(autoencoder())+"a") }, []string{`read state_dict under keys "nets", 0`}},
		"by a number": {func(b *builder) string { return "}K\x07" + b.dict(autoencoder()) + "s" }, []string{`read state_dict under key 7`}},
		"in parts": {func(b *builder) string {
			return pickleDict("encoder", b.dict(map[string]Array{"0.weight": ramp(4, 3), "0.bias": ramp(4)}),
				"decoder", b.dict(map[string]Array{"0.weight": ramp(3, 4), "0.bias": ramp(3)}), "optimizer", optimizer(b))
		}, []string{`joined the state_dicts "decoder", "encoder"`}},
		"parts under a key": {func(b *builder) string {
			return pickleDict("models", pickleDict("encoder", b.dict(map[string]Array{"0.weight": ramp(4, 3), "0.bias": ramp(4)}),
				"decoder", b.dict(map[string]Array{"0.weight": ramp(3, 4), "0.bias": ramp(3)})))
		}, []string{`read state_dict under key "models"`, `joined the state_dicts "decoder", "encoder"`}},
		"once, by two names": {func(b *builder) string { return b.dict(autoencoder()) + "q\x000}(U\x01ah\x00U\x01bh\x00u" },
			[]string{`read state_dict under key "a"`}},
		"a tensor at the root": {func(b *builder) string {
			return pickleDict("mean", b.tensor(ramp(3)), "model", b.dict(autoencoder()))
		}, []string{`read state_dict under key "model"`}},
		"another network": {func(b *builder) string {
			return pickleDict("generator", b.dict(autoencoder()), "discriminator", b.dict(map[string]Array{"0.weight": ramp(5, 5)}))
		}, []string{`read state_dict under key "generator"`}},
		"numbers for each tensor": {func(b *builder) string {
			return pickleDict("norms", pickleDict("encoder.0.weight", "K\x01", "encoder.0.bias", "K\x01", "decoder.0.weight", "K\x01", "decoder.0.bias", "K\x01"),
				"net", b.dict(autoencoder()))
		}, []string{`read state_dict under key "net"`}},
		"in itself": {func(b *builder) string { return b.dict(autoencoder()) + "q\x00U\x04selfh\x00s" }, nil},
	} {
		var b builder
		root := test.root(&b)
		f, err := fit(b.file(t, root), specs(autoencoder()))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(autoencoder(), f.Tensors, sameData); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(test.notes, f.Notes); diff != "" {
			t.Errorf("%s, notes (-want +got):\n%s", name, diff)
		}
	}
}

// TestFitConverts: what load_state_dict would make of other types.
func TestFitConverts(t *testing.T) {
	f64 := map[string]Array{}
	for name, a := range autoencoder() {
		v, _ := a.Float32s()
		wide := make([]float64, len(v))
		for i := range v {
			wide[i] = float64(v[i]) + 1e-9 // back to v when rounded, 0 aside
		}
		f64[name] = Float64s(a.Shape, wide)
	}
	mixed := autoencoder()
	mixed["encoder.0.bias"] = narrowed(BF16, mixed["encoder.0.bias"])
	mixed["decoder.0.bias"] = narrowed(F16, mixed["decoder.0.bias"])
	for name, test := range map[string]struct {
		file  map[string]Array
		notes []string
	}{
		"float16":  {narrow(F16, autoencoder()), []string{"converted 4 tensors from float16"}},
		"bfloat16": {narrow(BF16, autoencoder()), []string{"converted 4 tensors from bfloat16"}},
		"float64":  {f64, []string{"converted 4 tensors from float64"}},
		"mixed":    {mixed, []string{"converted 1 tensor from bfloat16", "converted 1 tensor from float16"}},
		"prefixed": {prefixed("module.", narrow(F16, autoencoder())), []string{`stripped prefix "module."`, "converted 4 tensors from float16"}},
	} {
		for format, b := range both(t, test.file) {
			f, err := fit(b, specs(autoencoder()))
			if err != nil {
				t.Errorf("%s, %s: %v", name, format, err)
				continue
			}
			if diff := cmp.Diff(autoencoder(), f.Tensors, sameData); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, format, diff)
			}
			if diff := cmp.Diff(test.notes, f.Notes); diff != "" {
				t.Errorf("%s, %s, notes (-want +got):\n%s", name, format, diff)
			}
		}
	}
}

// TestFitKeepsTypes: what is no weight of float32 must be of its own type.
func TestFitKeepsTypes(t *testing.T) {
	want := map[string]Array{"0.weight": ramp(4), "0.num_batches_tracked": Int64s(nil, []int64{1 << 40}), "0.mask": Bytes([]int{2}, []byte{0, 1})}
	file := maps.Clone(want)
	file["0.weight"] = narrowed(F16, ramp(4))
	for format, b := range both(t, file) {
		f, err := fit(b, specs(want))
		if err != nil {
			t.Errorf("%s: %v", format, err)
		} else if diff := cmp.Diff(want, f.Tensors, sameData); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
	for _, other := range []Array{Float64s(nil, []float64{1}), Float32s(nil, []float32{1}), narrowed(F16, ramp())} {
		file["0.num_batches_tracked"] = other
		if _, err := fit(encoded(t, &File{Tensors: file}), specs(want)); err == nil || !strings.Contains(err.Error(), "want int64") {
			t.Errorf("%s for int64: %v", other.DType, err)
		}
	}
}

// TestFitRefuses: each error is short, names what was wanted and what is there,
// and says what to do.
func TestFitRefuses(t *testing.T) {
	float8 := map[string]Array{}
	for name, a := range autoencoder() {
		n, _ := elements(a.Shape)
		float8[name] = Array{DType: F8E4M3, Shape: a.Shape, Data: make([]byte, n)}
	}
	infinite, beyond, extra := autoencoder(), autoencoder(), autoencoder()
	infinite["encoder.0.bias"] = Array{DType: F16, Shape: []int{4}, Data: []byte{0, 0x7c, 0, 0, 0, 0, 0, 0}}
	beyond["encoder.0.bias"] = Float64s([]int{4}, []float64{0, 1e39, 0, 0})
	extra["encoder.2.weight"] = ramp(4, 4)
	other := map[string]Array{}
	for i := range 20 {
		other[fmt.Sprintf("conv%02d.weight", i)] = ramp(2)
	}
	renamed := map[string]Array{"enc.weight": ramp(4, 3), "enc.bias": ramp(4), "dec.weight": ramp(3, 4), "dec.bias": ramp(3)}
	within := map[string]Array{"encoder.module.0.weight": ramp(4, 3), "encoder.module.0.bias": ramp(4), "decoder.0.weight": ramp(3, 4), "decoder.0.bias": ramp(3)}
	larger := map[string]Array{"encoder.0.weight": ramp(5, 3), "encoder.0.bias": ramp(5), "decoder.0.weight": ramp(3, 5), "decoder.0.bias": ramp(3)}
	encoder := map[string]Array{"encoder.0.weight": ramp(4, 3), "encoder.0.bias": ramp(4)}
	sizes := withClassifier()
	sizes["classifier.weight"], sizes["classifier.bias"] = ramp(100, 4), ramp(100)
	for name, test := range map[string]struct {
		file map[string]Array
		want string
	}{
		"float8": {float8, `the weights do not fit:
  4 different: "decoder.0.bias": type float8_e4m3fn, want float32, "decoder.0.weight": type float8_e4m3fn, want float32, "encoder.0.bias": type float8_e4m3fn, want float32 and 1 more
float8 is not converted
save the weights as float32 in Python: torch.save(model.float().state_dict(), path)`},
		"not finite": {infinite, `the weights do not fit:
  1 different: "encoder.0.bias": a value that is not finite at [0]
the training diverged
use a checkpoint from before that`},
		"beyond float32": {beyond, `the weights do not fit:
  1 different: "encoder.0.bias": a value beyond float32's range at [1]
the training diverged
use a checkpoint from before that`},
		"another layer": {extra, `the weights do not fit:
  1 unexpected: "encoder.2.weight" (float32 [4, 4])
all that is wanted is there: the network has more layers
give the definition that describes the network of this file`},
		"another layer, prefixed": {prefixed("module.", extra), `the weights do not fit (with prefix "module."):
  1 unexpected: "module.encoder.2.weight" (float32 [4, 4])
all that is wanted is there: the network has more layers
give the definition that describes the network of this file`},
		"another network": {other, `the weights do not fit:
  4 missing: "decoder.0.bias" (float32 [3]), "decoder.0.weight" (float32 [3, 4]), "encoder.0.bias" (float32 [4]) and 1 more
  20 unexpected: "conv00.weight" (float32 [2]), "conv01.weight" (float32 [2]), "conv02.weight" (float32 [2]) and 17 more
none of the names fit: it is another network
give the definition that describes the network of this file`},
		"renamed": {renamed, `the weights do not fit:
  4 missing: "decoder.0.bias" (float32 [3]), "decoder.0.weight" (float32 [3, 4]), "encoder.0.bias" (float32 [4]) and 1 more
  4 unexpected: "dec.bias" (float32 [3]), "dec.weight" (float32 [3, 4]), "enc.bias" (float32 [4]) and 1 more
the shapes fit, so it is this network under other names
rename the tensors in Python as this program names them`},
		"module within": {within, `the weights do not fit:
  2 missing: "encoder.0.bias" (float32 [4]), "encoder.0.weight" (float32 [4, 3])
  2 unexpected: "encoder.module.0.bias" (float32 [4]), "encoder.module.0.weight" (float32 [4, 3])
the names fit without "module." in them
cut it out in Python: {name.replace("module.", ""): t for name, t in state_dict.items()}`},
		"other sizes": {larger, `the weights do not fit:
  3 different: "decoder.0.weight": shape [3, 5], want [3, 4], "encoder.0.bias": shape [5], want [4], "encoder.0.weight": shape [5, 3], want [4, 3]
the names fit: the network's layers have other sizes or types
give the definition that describes the network of this file`},
		"other classes": {sizes, `the weights do not fit:
  2 different: "classifier.bias": shape [100], want [10], "classifier.weight": shape [100, 4], want [10, 4]
the names fit: the network's layers have other sizes or types
give the definition that describes the network of this file`},
		"an encoder": {encoder, `the weights do not fit:
  2 missing: "decoder.0.bias" (float32 [3]), "decoder.0.weight" (float32 [3, 4])
there is nothing under "decoder.": the file holds a part of the network
save the state_dict of the whole network`},
		"two networks": {merged(autoencoder(), prefixed("ema.", autoencoder())), `the file holds 2 whole networks: without a prefix; with prefix "ema."
write the tensors of one of them to a file of their own`},
	} {
		for format, b := range both(t, test.file) {
			s, err := parse(b)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = s.Fit(specs(withClassifier()), specs(autoencoder()))
			if err == nil {
				t.Errorf("%s, %s: read", name, format)
			} else if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, format, diff)
			}
		}
	}
}

func TestFitAmbiguous(t *testing.T) {
	var b builder
	root := pickleDict("model", b.dict(autoencoder()), "ema", pickleDict("shadow", b.dict(autoencoder())))
	_, err := fit(b.file(t, root), specs(autoencoder()))
	want := `the file holds 2 whole networks: under key "model"; under keys "ema", "shadow"
keep one of them in Python: torch.save(torch.load(path)["model"], ...)`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestFitMismatch(t *testing.T) {
	var b builder
	root := pickleDict("net", b.dict(prefixed("module.", map[string]Array{"encoder.0.weight": ramp(4, 3)})), "epoch", "K\x01")
	_, err := fit(b.file(t, root), specs(autoencoder()))
	var mismatch *MismatchError
	if !errors.As(err, &mismatch) || mismatch.Where != `under key "net", with prefix "module."` || len(mismatch.Missing) != 3 {
		t.Errorf("%v", err)
	}
}
