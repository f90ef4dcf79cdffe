package vision

// cifar10 is the set's source. The MD5s of the archives are published at
// https://www.cs.toronto.edu/~kriz/cifar.html. The MD5s of the binary files are
// those of unpacked copies of the archive, which several public projects check
// for; those of the python files are torchvision's.
func cifar10() source {
	binary, python := binaryFormat(10), pythonFormat("labels", 10)
	return source{
		name:     "cifar10",
		title:    "CIFAR-10",
		classes:  classesOf("cifar10"),
		shape:    cifarShape,
		variable: "CIFAR10_DIR",
		standIn:  true,
		layouts: []layout{
			{
				kind:       "binary",
				folder:     "cifar-10-batches-bin",
				archive:    "cifar-10-binary.tar.gz",
				archiveMD5: "c32a1d4ab5d03f1284b67883e8d87530",
				files: []file{
					{"data_batch_1.bin", "5dd7e06a14cb22eb9f671a540d1b7c25", trainSplit, 0, 10000, binary},
					{"data_batch_2.bin", "5ea93a67294ea407fff1d09f752e9692", trainSplit, 10000, 20000, binary},
					{"data_batch_3.bin", "942cd6a4bcdd0dd3c604fbe906cb4421", trainSplit, 20000, 30000, binary},
					{"data_batch_4.bin", "ae636b3ba5c66a11e91e8cb52e771fcb", trainSplit, 30000, 40000, binary},
					{"data_batch_5.bin", "53f37980c15c3d472c316c40844f3f0d", trainSplit, 40000, 50000, binary},
					{"test_batch.bin", "803d5f7f4d78ea53de84dbe85f74fb6d", testSplit, 0, 10000, binary},
				},
			},
			{
				kind:       "python",
				folder:     "cifar-10-batches-py",
				archive:    "cifar-10-python.tar.gz",
				archiveMD5: "c58f30108f718f92721af3b95e74349a",
				files: []file{
					{"data_batch_1", "c99cafc152244af753f735de768cd75f", trainSplit, 0, 10000, python},
					{"data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec", trainSplit, 10000, 20000, python},
					{"data_batch_3", "54ebc095f3ab1f0389bbae665268c751", trainSplit, 20000, 30000, python},
					{"data_batch_4", "634d18415352ddfa80567beed471001a", trainSplit, 30000, 40000, python},
					{"data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb", trainSplit, 40000, 50000, python},
					{"test_batch", "40351d587109b95175f43aff81a1287e", testSplit, 0, 10000, python},
				},
			},
		},
		download: published("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
			"c32a1d4ab5d03f1284b67883e8d87530", 170052171),
	}
}
