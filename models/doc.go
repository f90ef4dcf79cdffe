// Package models holds the networks: an auto-encoder and a linear classifier
// on its encoder, layer for layer the PyTorch originals, with PyTorch's
// initialisation and PyTorch's names for the weights. A layer is a Module, made
// by a row of constructors from its row in the package config.
package models
