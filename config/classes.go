package config

import (
	"slices"
	"strings"
)

// cifar10Classes are short names, in the order of the labels.
var cifar10Classes = []string{"plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// cifar100Classes are in the order of the labels, which is the alphabet's.
var cifar100Classes = []string{
	"apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle",
	"bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle",
	"chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur",
	"dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard",
	"lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain",
	"mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
	"plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket",
	"rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider",
	"squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor",
	"train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
}

// stl10Classes are in the order of the labels, less one.
var stl10Classes = []string{"airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"}

// fashionClasses are short names, in the order of the labels.
var fashionClasses = []string{"t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"}

// Digits and letters, in the order of the labels. EMNIST's merged classes are
// those capitals that stand for both cases, and the lower-case letters that look
// unlike theirs.
var (
	digits       = strings.Split("0123456789", "")
	letters      = strings.Split("abcdefghijklmnopqrstuvwxyz", "")
	capitals     = strings.Split("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "")
	emnistAll    = slices.Concat(digits, capitals, letters)
	emnistMerged = slices.Concat(digits, capitals, strings.Split("abdefghnqrt", ""))
)
