package config

import (
	"fmt"
	"maps"
	"slices"
)

// Aggregation is a training of an encoder without labels and without
// reconstructions, by local aggregation (Zhuang, Zhai and Yamins, ICCV 2019).
// Load fills in what is left out.
type Aggregation struct {
	// Encoder is the source of the initial weights of encoder and decoder:
	// "random" or the name of one of the definition's auto-encoders or files. The
	// decoder is not trained.
	Encoder string `yaml:"encoder"`
	// InstanceEpochs is how many of the epochs, the first ones, train by instance
	// recognition instead; 0 to all.
	InstanceEpochs int `yaml:"instance_epochs,omitempty" jsonschema:"minimum=0,maximum=1000000000"`
	// Embedding is the width of a linear layer on the pooled features, which is
	// dropped after the training; 0 for the features themselves. 128, if left out.
	Embedding *int `yaml:"embedding,omitempty" jsonschema:"minimum=0,maximum=65536"`
	// Temperature t of probabilities exp(cosine / t); 0.07, if left out.
	Temperature float64 `yaml:"temperature,omitempty" jsonschema:"minimum=0.001,maximum=1000"`
	// BankMomentum is the share of a row of the memory bank that a step keeps, 0 to
	// 0.999; 0.5, if left out.
	BankMomentum *float64 `yaml:"bank_momentum,omitempty" jsonschema:"minimum=0,maximum=0.999"`
	// Background is the number of an image's nearest neighbours that it is told
	// from; 4,096, if left out.
	Background int `yaml:"background,omitempty" jsonschema:"minimum=1,maximum=1000000000"`
	// Clusterings is how many times the memory bank is clustered at the start of
	// an epoch, and Clusters the number of clusters; 10 and 1,000, if left out.
	Clusterings int `yaml:"clusterings,omitempty" jsonschema:"minimum=1,maximum=1000"`
	Clusters    int `yaml:"clusters,omitempty" jsonschema:"minimum=1,maximum=1000000000"`
	// Iterations of k-means at most; 20, if left out.
	Iterations int `yaml:"iterations,omitempty" jsonschema:"minimum=1,maximum=100000"`
	// Noise is the number of images that instance recognition tells an image
	// from, drawn with replacement; 4,096, if left out.
	Noise int `yaml:"noise_images,omitempty" jsonschema:"minimum=1,maximum=1000000"`
	Train `yaml:",inline"`
}

// resolve fills in the defaults.
func (a *Aggregation) resolve(shared Train) {
	a.Train = a.Train.or(shared)
	if a.Embedding == nil {
		a.Embedding = new(128)
	}
	if a.BankMomentum == nil {
		a.BankMomentum = new(0.5)
	}
	orNumber(&a.Temperature, 0.07)
	orNumber(&a.Background, 4096)
	orNumber(&a.Clusterings, 10)
	orNumber(&a.Clusters, 1000)
	orNumber(&a.Iterations, 20)
	orNumber(&a.Noise, 4096)
}

func (c *checker) checkAggregations(d *Definition) {
	train, _ := d.Data.Sizes()
	for name, a := range d.Aggregations {
		key := "aggregations." + name
		if name == Random {
			c.add(fmt.Sprintf("%q is reserved for an untrained encoder: use another name", name), "", key)
		}
		if _, has := d.Autoencoders[name]; has {
			c.add(fmt.Sprintf("there is an auto-encoder named %q: use another name", name), "", key, "autoencoders."+name)
		}
		c.checkEncoder(d, a.Encoder, append(slices.Sorted(maps.Keys(d.Autoencoders)), d.fileNames()...), key)
		if a.InstanceEpochs > a.Epochs {
			c.add(fmt.Sprintf("%d epochs of instance recognition do not fit in %d epochs", a.InstanceEpochs, a.Epochs),
				"set fewer, or more epochs", key+".instance_epochs", c.setting(key, "epochs"))
		}
		least := func(field string, value int, what string) {
			if value > train && train > 0 {
				c.add(fmt.Sprintf("%d %s are more than the %d training images", value, what, train),
					fmt.Sprintf("set %s.%s: 1 to %d", key, field, train), key+"."+field, "data.train", "data.set")
			}
		}
		least("background", a.Background, "neighbours")
		least("clusters", a.Clusters, "clusters")
		c.checkTrain(d, a.Train, key)
		c.checkBatch(a.Train, train, key)
	}
}
