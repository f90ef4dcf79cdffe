package vision_test

import (
	"context"
	"fmt"

	"aeprobe/vision"
)

func ExampleOpen() {
	d, err := vision.Open(context.Background(), "synthetic", vision.Options{Train: 100, Test: 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Title())
	fmt.Println(d.Train.Len(), "training images,", d.Test.Len(), "test images of shape", d.Shape)
	for i := range 5 {
		fmt.Print(d.Classes[d.Test.Labels[i]], " ")
	}
	// Output:
	// synthetic data (not CIFAR-10)
	// 100 training images, 20 test images of shape [3 32 32]
	// deer dog car truck frog
}
