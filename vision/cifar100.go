package vision

// cifar100 is the set's source. A record has two labels: one of 20 superclasses,
// which is checked and left out, and one of the 100 classes. The MD5s of the
// archives are published at https://www.cs.toronto.edu/~kriz/cifar.html; those
// of the python files are torchvision's. Those of the binary files are what one
// public project checks for: if they were wrong, an unpacked copy would be
// called modified, and a download would stay packed.
func cifar100() source {
	binary, python := binaryFormat(20, 100), pythonFormat("fine_labels", 100)
	return source{
		name:     "cifar100",
		title:    "CIFAR-100",
		classes:  classesOf("cifar100"),
		shape:    cifarShape,
		variable: "CIFAR100_DIR",
		layouts: []layout{
			{
				kind:       "binary",
				folder:     "cifar-100-binary",
				archive:    "cifar-100-binary.tar.gz",
				archiveMD5: "03b5dce01913d631647c71ecec9e9cb8",
				files: []file{
					{name: "train.bin", md5: "6172c7755cfe09b2fe270c85cebc1b15", split: trainSplit, to: 50000, format: binary},
					{name: "test.bin", md5: "4499cfba6c016c1be1438163640a0898", split: testSplit, to: 10000, format: binary},
				},
			},
			{
				kind:       "python",
				folder:     "cifar-100-python",
				archive:    "cifar-100-python.tar.gz",
				archiveMD5: "eb9058c3a382ffc7106e4002c42a8d85",
				files: []file{
					{name: "train", md5: "16019d7e3df5f24257cddd939b257f8d", split: trainSplit, to: 50000, format: python},
					{name: "test", md5: "f0ef6b0ae62326f3e7ffdfab6717acfc", split: testSplit, to: 10000, format: python},
				},
			},
		},
		download: published("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
			"03b5dce01913d631647c71ecec9e9cb8", 168513733),
	}
}
