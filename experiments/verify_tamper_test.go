package experiments

import (
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/weights"
)

// tamperings change a finished run, and differences are what of it differs
// then, by subject, with a part of how.
var tamperings = []struct {
	name        string
	tamper      func(*finished)
	differences map[string]string
}{
	{"a weight of an auto-encoder", func(f *finished) {
		f.forgeWeight("autoencoders/bce", "encoder.0.weight", func(w []float32) { w[0] += 0.5 })
	}, map[string]string{
		"autoencoders/bce":       "bce is kept as",
		"classifiers/pretrained": "encoder.0.weight should not have changed",
		"features":               "image 0, value",
	}},
	{"a weight of a classifier", func(f *finished) {
		f.forgeWeight("classifiers/random", "classifier.bias", func(w []float32) { w[0] += 100 })
	}, map[string]string{"classifiers/random": "the weights give plane"}},
	{"a weight that is not used", func(f *finished) {
		f.forgeWeight("classifiers/random", "decoder.0.weight", func(w []float32) { w[0]++ })
	}, map[string]string{"classifiers/random": "decoder.0.weight should not have changed"}},
	{"a prediction", func(f *finished) {
		f.forgetChecksums("classifiers/random")
		f.edit("classifiers/random/predictions.csv", "\n7,", "\n7,9,9\n7,") // an image more
		f.edit("classifiers/random/predictions.csv", "\n499,", "\n-1,")
	}, map[string]string{"classifiers/random": "expected image 8", report.ResultsFile: "expected image 8", report.PageFile: "expected image 8"}},
	{"the scores of a training", func(f *finished) {
		f.forge("autoencoders/bce", func(r *stages.Result) { r.Training.Test["mse"] *= 0.99 })
	}, map[string]string{"autoencoders/bce": "mse is kept as", report.ResultsFile: "autoencoders.0.training.test.mse is kept as"}},
	{"the length of a training", func(f *finished) {
		f.forge("classifiers/random", func(r *stages.Result) { r.Training.Epochs = 100 })
	}, map[string]string{"classifiers/random": "says 100 epochs", report.ResultsFile: "classifiers.0.training.epochs is kept as 2, and should be 100"}},
	{"the number of a line of metrics", func(f *finished) {
		f.forgetChecksums("classifiers/random")
		f.edit("classifiers/random/metrics.jsonl", `{"epoch":1,`, `{"epoch":0,`)
	}, map[string]string{"classifiers/random": "line 1 is of epoch 0", report.PageFile: "epoch 0"}},
	{"the first line of metrics", func(f *finished) {
		f.edit("classifiers/random/metrics.jsonl", `"loss":`, `"loss":1`)
	}, map[string]string{"classifiers/random": "metrics.jsonl has SHA-256", report.PageFile: "training loss 1"}},
	{"a stored map", func(f *finished) {
		f.forgetChecksums("features")
		shape, values, err := weights.ReadNPY(f.path("features/bce.npy"))
		if err != nil {
			f.Fatal(err)
		}
		values[3*shape[1]+5]++
		if err := weights.WriteNPY(f.path("features/bce.npy"), shape, func(write func([]float32) error) error { return write(values) }); err != nil {
			f.Fatal(err)
		}
	}, map[string]string{"features": "image 3, value 5 is kept as"}},
	{"a label beside the principal components", func(f *finished) {
		f.forgetChecksums("features")
		f.edit("features/random-pca.csv", "\n4,", "\n4,1")
	}, map[string]string{"features": "image 4 has label 1", report.PageFile: "image 4 is of class 1"}},
	{"a principal component", func(f *finished) {
		f.forgetChecksums("features")
		coordinates, _, err := report.ReadProjection(f.path("features/random-pca.csv"))
		if err != nil {
			f.Fatal(err)
		}
		coordinates[4][1]++
		if err := report.WriteProjection(f.path("features/random-pca.csv"), []string{"pc1", "pc2"}, coordinates, f.data.Train.Labels); err != nil {
			f.Fatal(err)
		}
	}, map[string]string{"features": "image 4, component 2 is kept as", report.PageFile: "is kept as"}},
	{"a share of the variance", func(f *finished) {
		f.forge("features", func(r *stages.Result) {
			var features map[string]report.FeatureResult
			if err := r.Detail(featuresStage, &features); err != nil {
				f.Fatal(err)
			}
			features["bce"].ExplainedVarianceRatio[1] += 0.1
			if err := r.SetDetail(featuresStage, features); err != nil {
				f.Fatal(err)
			}
		})
	}, map[string]string{"features": "share of the variance of component 2", report.ResultsFile: "features.bce.explained_variance_ratio.1"}},
	{"a figure", func(f *finished) {
		f.edit("figures/fig1-architecture.svg", "<svg", "<svg ")
	}, map[string]string{"figures": "fig1-architecture.svg has SHA-256", report.PageFile: "is kept as"}},
	{"the page", func(f *finished) { f.edit(report.PageFile, "Table 1.", "Table I.") },
		map[string]string{report.PageFile: "Table 1."}},
	{"the table for programs", func(f *finished) { f.edit(report.CSVFile, "plane,", "plane,1") },
		map[string]string{report.CSVFile: "line 2 is kept as"}},
	{"a number of results.json", func(f *finished) { f.edit(report.ResultsFile, `"mean": `, `"mean": 9`) },
		map[string]string{
			report.ResultsFile:   "classifiers.0.scores.first500.mean is kept as 9",
			"classifiers/random": "first500.mean is kept as 9",
			report.CSVFile:       "line 12 is kept", report.MarkdownFile: "line 13 is kept", report.PageFile: "is kept",
		}},
	{"a warning of results.json", func(f *finished) {
		f.edit(report.ResultsFile, "made from synthetic data (not CIFAR-10)", "made from CIFAR-10")
	}, map[string]string{report.ResultsFile: "warnings.0 is kept as", report.MarkdownFile: "Note: made from ", report.PageFile: "is kept as"}},
	{"the data of results.json", func(f *finished) { f.edit(report.ResultsFile, `"fingerprint": "`, `"fingerprint": "0`) },
		map[string]string{report.ResultsFile: "data.fingerprint is kept as", "data": "it was synthetic data (not CIFAR-10) (256 training, 500 test images, fingerprint 0"}},
	{"the definition", func(f *finished) { f.definition.Seed = 1 },
		map[string]string{
			DefinitionFile: "fingerprint is kept", report.ResultsFile: "seed is kept as 87, and should be 1", report.PageFile: "seed: ",
			"autoencoders/bce": "seed was 87, is 1", "classifiers/random": "seed was 87, is 1", "classifiers/pretrained": "seed was 87, is 1",
			"features": "seed was 87, is 1", "figures": "stages.autoencoders/bce was",
		}},
	{"the device, where its precision counts", func(f *finished) {
		f.definition.Precision.TF32 = false
		f.forge("autoencoders/bce", func(r *stages.Result) { r.MadeWith.Device = "cuda:0" })
	}, map[string]string{
		"autoencoders/bce": `precision was null, is {"tf32":false}`, DefinitionFile: "fingerprint is kept",
		report.ResultsFile: "autoencoders.0.source.made_with.device is kept as", report.PageFile: "is kept as",
	}},
	{"the data", func(f *finished) {
		var err error
		if f.data, err = f.data.Limit(0, 499); err != nil {
			f.Fatal(err)
		}
	}, map[string]string{
		"data": "499 test images", report.ResultsFile: "data.test is kept as 500, and should be 499",
		"autoencoders/bce": "data was", "classifiers/random": "data was", "classifiers/pretrained": "data was",
		"features": "data was", "figures": "the data was",
	}},
	{"a stage that is gone", func(f *finished) { f.remove("classifiers/random") },
		map[string]string{"classifiers/random": "results.json has its numbers", report.ResultsFile: "no such file", report.PageFile: "is kept as"}},
	{"a page that is gone", func(f *finished) { f.remove(report.PageFile) }, map[string]string{report.PageFile: "no such file"}},
}
