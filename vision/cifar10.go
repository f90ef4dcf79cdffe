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
					{name: "data_batch_1.bin", md5: "5dd7e06a14cb22eb9f671a540d1b7c25", split: trainSplit, to: 10000, format: binary},
					{name: "data_batch_2.bin", md5: "5ea93a67294ea407fff1d09f752e9692", split: trainSplit, from: 10000, to: 20000, format: binary},
					{name: "data_batch_3.bin", md5: "942cd6a4bcdd0dd3c604fbe906cb4421", split: trainSplit, from: 20000, to: 30000, format: binary},
					{name: "data_batch_4.bin", md5: "ae636b3ba5c66a11e91e8cb52e771fcb", split: trainSplit, from: 30000, to: 40000, format: binary},
					{name: "data_batch_5.bin", md5: "53f37980c15c3d472c316c40844f3f0d", split: trainSplit, from: 40000, to: 50000, format: binary},
					{name: "test_batch.bin", md5: "803d5f7f4d78ea53de84dbe85f74fb6d", split: testSplit, to: 10000, format: binary},
				},
			},
			{
				kind:       "python",
				folder:     "cifar-10-batches-py",
				archive:    "cifar-10-python.tar.gz",
				archiveMD5: "c58f30108f718f92721af3b95e74349a",
				files: []file{
					{name: "data_batch_1", md5: "c99cafc152244af753f735de768cd75f", split: trainSplit, to: 10000, format: python},
					{name: "data_batch_2", md5: "d4bba439e000b95fd0a9bffe97cbabec", split: trainSplit, from: 10000, to: 20000, format: python},
					{name: "data_batch_3", md5: "54ebc095f3ab1f0389bbae665268c751", split: trainSplit, from: 20000, to: 30000, format: python},
					{name: "data_batch_4", md5: "634d18415352ddfa80567beed471001a", split: trainSplit, from: 30000, to: 40000, format: python},
					{name: "data_batch_5", md5: "482c414d41f54cd18b22e5b47cb7c3cb", split: trainSplit, from: 40000, to: 50000, format: python},
					{name: "test_batch", md5: "40351d587109b95175f43aff81a1287e", split: testSplit, to: 10000, format: python},
				},
			},
		},
		download: published("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
			"c32a1d4ab5d03f1284b67883e8d87530", 170052171),
	}
}
