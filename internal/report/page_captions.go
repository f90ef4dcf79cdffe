package report

import (
	"fmt"
	"strings"
)

// figureCaption is what a figure needs beside it: its title, how what it shows was
// measured, on how many images and seeds, and what there is to see.
type figureCaption struct {
	title string
	text  []string
	alt   string
}

// captions are those of the kinds of figures that are files; of is what a figure
// is about, where there are several of its kind.
var captions = map[string]func(p *pageMaker, of string) figureCaption{
	"architecture": func(p *pageMaker, _ string) figureCaption {
		return figureCaption{"The auto-encoder, and the linear classifier on its features",
			[]string{"Each block is a layer's output, channels by height by width."},
			"A row of blocks from the image through the encoder to the features, and on through the decoder back to an image; the classifier branches off at the features."}
	},
	"reconstructions": func(p *pageMaker, _ string) figureCaption {
		var names []string
		for _, a := range p.Autoencoders {
			names = append(names, a.Name)
		}
		return figureCaption{"What the auto-encoders make of test images",
			[]string{fmt.Sprintf("Above, the first test images, which no network was trained on; below, each as it is reconstructed by %s. Seed %d.", inWords(names), p.Seed)},
			"Rows of small pictures: the originals, and one row of reconstructions for each of " + inWords(names) + "."}
	},
	"decoded": func(p *pageMaker, of string) figureCaption {
		name := p.ofNetwork(of)
		text := fmt.Sprintf("Above, the first test images; below, what the decoder makes of the features. Seed %d.", p.Seed)
		for _, c := range p.Classifiers {
			if c.Name == name && !c.Joint && !(c.Freeze && p.pretraining(c.Encoder) != nil) {
				text += " This decoder was never trained with these features, so what it makes of them is no image."
			}
		}
		return figureCaption{"Decoded features of " + name, []string{text},
			"Two rows of small pictures: test images, and what the decoder makes of the features that " + name + " has of them."}
	},
	"confusion": func(p *pageMaker, of string) figureCaption {
		return figureCaption{"Confusion of " + p.ofNetwork(of), []string{fmt.Sprintf("%s test images; seed %d.", grouped(p.Data.Test), p.Seed)},
			"A heat map of true classes against predicted ones for " + p.ofNetwork(of) + "."}
	},
	"joint": func(p *pageMaker, _ string) figureCaption {
		return figureCaption{"Reconstruction and classification at once",
			[]string{"Right is worse reconstruction, up is better classification; lines across mark what each task reaches alone. " +
				p.about(fmt.Sprintf("Last test on %s images", grouped(p.Data.Test))) + " Bars run from the smallest to the largest of several seeds."},
			"A scatter plot of the joint trainings: test accuracy against test BCE above the pixels' own entropy. The table of joint training has the numbers."}
	},
	"accuracies": func(p *pageMaker, _ string) figureCaption {
		return figureCaption{"Accuracy of every compared probe, by features",
			[]string{"Lines are 95 % intervals: of the mean over the seeds (Student) where there are several, else over the images (Wilson). The dashed line is chance. " +
				p.about(grouped(p.Data.Test)+" test images")},
			"Dots with intervals, a row per encoder or baseline and a colour per probe. The tables below have the numbers."}
	},
	"few-labels": func(p *pageMaker, of string) figureCaption {
		return figureCaption{"Accuracy with few labels, " + pooled(of),
			[]string{"Means over nested subsets that have the same number of labels for each class; bands are 95 % of the mean over seeds, or over subsets where there is one encoder. " +
				p.about(grouped(p.Data.Test)+" test images")},
			"Curves of accuracy against labelled images per class, one for each encoder and baseline. The table of few labels has the numbers."}
	},
	"layers": func(p *pageMaker, of string) figureCaption {
		return figureCaption{"Accuracy by layer, " + pooled(of), []string{p.about("Logistic probe, " + grouped(p.Data.Test) + " test images, means over the seeds")},
			"A heat map: layers down, encoders across, shaded by accuracy."}
	},
	"epochs": func(p *pageMaker, of string) figureCaption {
		return figureCaption{"What features know while the encoder is pre-trained, " + pooled(of),
			[]string{p.about("Logistic probe on " + grouped(p.Data.Test) + " test images after so many epochs; 0 is the random encoder")},
			"Curves of accuracy against epochs of pre-training, one for each auto-encoder. The table of the linear classifier has the numbers."}
	},
	"layer-epochs": func(p *pageMaker, of string) figureCaption {
		return figureCaption{"Accuracy by layer and epoch of pre-training: " + strings.ReplaceAll(of, "-", ", "),
			[]string{p.about("Logistic probe, " + grouped(p.Data.Test) + " test images, means over the seeds")},
			"A heat map: layers down, epochs across, shaded by accuracy."}
	},
	"similarity": func(p *pageMaker, _ string) figureCaption {
		images := p.Data.Test
		if p.Similarity != nil {
			images = p.Similarity.Images
		}
		return figureCaption{"How alike features are", []string{p.about(fmt.Sprintf("Debiased linear CKA of flattened maps of %s test images: 0 for unrelated features, 1 for equal ones up to rotation and scale", grouped(images)))},
			"A heat map of encoders against encoders, shaded by similarity."}
	},
	"clusters": func(p *pageMaker, of string) figureCaption {
		return figureCaption{"What the clusters of " + p.ofNetwork(of) + " hold",
			[]string{fmt.Sprintf("k-means on the features of the training images, without labels; shown are the %s test images. Seed %d.", grouped(p.Data.Test), p.Seed)},
			"Bars, one for each cluster, divided by the classes of its images."}
	},
}

// drawnByThePage tells that the page draws the figure of that name itself, from
// numbers.
func drawnByThePage(name string) bool {
	name = numberedName.ReplaceAllString(name, "")
	for _, kind := range []string{"loss", "autoencoder-losses", "pca", "tsne"} {
		if name == kind || strings.HasPrefix(name, kind+"-") {
			return true
		}
	}
	return false
}

func (p *pageMaker) caption(kind, of string) figureCaption { return captions[kind](p, of) }

// pooled says how an encoder's map became features.
func pooled(pool string) string {
	switch pool {
	case "avg":
		return "averages of the maps"
	case "flatten":
		return "flattened maps"
	default:
		return "features pooled by " + pool
	}
}
