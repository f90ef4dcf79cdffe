package config_test

import (
	"errors"
	"fmt"

	"aeprobe/config"
)

func ExampleLoad() {
	d, err := config.Load("report", []string{"train.epochs=5", "autoencoders.l1.epochs=3"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Autoencoders["bce"].Epochs, d.Autoencoders["l1"].Epochs)
	// Output: 5 3
}

func ExampleError() {
	_, err := config.Load("report", []string{"train.epochs=many", "classifiers.pretrained.encoder=bec"})
	fmt.Println(err)
	var invalid *config.Error
	if errors.As(err, &invalid) {
		fmt.Println(len(invalid.Problems), "problems")
	}
	// Output:
	// --set classifiers.pretrained.encoder: no auto-encoder named "bec"
	//   did you mean "bce"? known: bce, l1, mse, random
	// --set train.epochs: expected an integer >= 1, found "many" (a string)
	// 2 problems
}
