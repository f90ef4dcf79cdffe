package vision

import (
	"context"
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"aeprobe/config"
	"aeprobe/internal/words"
)

// folderSet is a folder of the user's own images. Package config lists it; here
// its images are decoded, side by side, once: they are kept in the cache as the
// networks take them.
func folderSet() set {
	row, _ := config.FindSet(config.FolderSet)
	return set{
		name: row.Name, title: "folder of images", train: row.Train, test: row.Test, unlabelled: row.Unlabelled,
		open: openFolder,
		check: func(context.Context, Options) (*Dataset, string, error) {
			return nil, "a folder of images: its place is in a definition, as data.path", nil
		},
	}
}

// folderRead is the reading of a folder of images.
type folderRead struct {
	folder *config.Folder
	root   string
	shape  [3]int
	fit    string
	d      *Dataset

	mutex    sync.Mutex
	done     int
	broken   []string // images, with what is wrong with each
	progress func(done, total int)
}

// openFolder reads what o.Prepare says, from the cache if it is there.
func openFolder(ctx context.Context, o Options) (*Dataset, error) {
	p := o.Prepare
	if p.Path == "" && p.Folder == nil || p.Size == 0 || p.Channels == 0 {
		return nil, errors.New("a folder of images needs a path, a size and channels\nset data: {set: folder, path: PATH, size: 64, channels: 3} in a definition")
	}
	folder := p.Folder
	if folder == nil {
		var err error
		if folder, err = config.ListFolder(p.Path, p.TestShare, p.SplitSeed, !o.Unlabelled); err != nil {
			return nil, err
		}
	}
	root := folder.Root
	r := &folderRead{folder: folder, root: root, shape: [3]int{p.Channels, p.Size, p.Size}, fit: p.Fit, progress: o.Decoded}
	r.d = &Dataset{Name: config.FolderSet, Called: titleOfFolder(folder.Name), Classes: slices.Clone(folder.Classes), Shape: r.shape, Origin: Own,
		Source: folder.Name + " (folder)"}
	size := p.Channels * p.Size * p.Size
	for _, s := range r.splits(o.Unlabelled) {
		*r.d.split(s.split) = newSplit(len(s.images), size)
	}
	if folder.Others > 0 {
		o.Log.Warn(fmt.Sprintf("%s: %s by name (.png, .jpg, .jpeg, .webp): left out", root, areNoImages(folder.Others)))
	}
	if err := r.fromCacheOrFiles(ctx, o); err != nil {
		return nil, err
	}
	o.Log.Info(fmt.Sprintf("%s from %s: %s", r.d.Title(), root, r.found(o.Unlabelled)))
	return r.d, nil
}

// titleOfFolder is a folder's name, after the word folder where it begins as the title
// of another set does: nobody shall take it for that.
func titleOfFolder(name string) string {
	begins := []string{"modified", "synthetic"}
	for _, s := range sets() {
		begins = append(begins, s.title)
	}
	for _, b := range begins {
		if len(name) >= len(b) && strings.EqualFold(name[:len(b)], b) {
			return "folder " + name
		}
	}
	return name
}

// found is what was read, in words.
func (r *folderRead) found(unlabelled bool) string {
	if unlabelled {
		return words.Count(r.d.Unlabelled.Len(), "image") + " without labels"
	}
	return fmt.Sprintf("%d classes, %d training and %d test images", len(r.d.Classes), r.d.Train.Len(), r.d.Test.Len())
}

// areNoImages is "1 file is no image" or "2 files are no images".
func areNoImages(n int) string {
	if n == 1 {
		return "1 file is no image"
	}
	return fmt.Sprintf("%d files are no images", n)
}

// part is a split's listing.
type folderPart struct {
	split  split
	images []config.FolderImage
}

// splits are those that are read.
func (r *folderRead) splits(unlabelled bool) []folderPart {
	if unlabelled {
		return []folderPart{{unlabelledSplit, r.folder.Unlabelled}}
	}
	return []folderPart{{trainSplit, r.folder.Train}, {testSplit, r.folder.Test}}
}

// decode reads all images, on all processors, and says which cannot be read.
func (r *folderRead) decode(ctx context.Context, parts []folderPart) error {
	total := 0
	for _, p := range parts {
		total += len(p.images)
	}
	// A few large images at a time, or many small ones.
	room := semaphore.NewWeighted(maxPixels)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range parts {
		into := r.d.split(p.split)
		for i, image := range p.images {
			if ctx.Err() != nil {
				break
			}
			group.Go(func() error {
				err := r.decodeInto(ctx, room, image.File, into.Image(i))
				if ctx.Err() != nil {
					return nil // decode says why
				}
				into.Labels[i] = NoLabel
				if image.Class >= 0 {
					into.Labels[i] = byte(image.Class)
				}
				r.record(image.File, err, total)
				return nil
			})
		}
	}
	_ = group.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return r.refuseBroken(total)
}

// decodeInto decodes one image, makes it what the networks take, and writes its
// planes.
func (r *folderRead) decodeInto(ctx context.Context, room *semaphore.Weighted, file string, planes []byte) error {
	content, err := readPicture(filepath.Join(r.root, filepath.FromSlash(file)))
	if err != nil {
		return err
	}
	coding, size, err := measure(content)
	if err != nil {
		return err
	}
	if size.Width != r.shape[2] || size.Height != r.shape[1] {
		// Before memory is taken for it. A JPEG may yet be turned.
		if _, _, err := placed(image.Rect(0, 0, size.Width, size.Height), r.shape, r.fit); err != nil {
			return err
		}
	}
	pixels := int64(size.Width) * int64(size.Height)
	if err := room.Acquire(ctx, pixels); err != nil {
		return err
	}
	defer room.Release(pixels)
	picture, err := decodePicture(content, coding, r.shape[0])
	if err != nil {
		return err
	}
	if picture, err = guarded(func() (image.Image, error) { return fitted(picture, r.shape, r.fit) }); err != nil {
		return err
	}
	toPlanes(picture, planes, r.shape[0])
	return nil
}

// record counts an image, and remembers what is wrong with it.
func (r *folderRead) record(file string, err error, total int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.done++; r.progress != nil {
		r.progress(r.done, total)
	}
	if err != nil {
		r.broken = append(r.broken, fmt.Sprintf("%s: %v", file, err))
	}
}

// refuseBroken names the first images that cannot be read.
func (r *folderRead) refuseBroken(total int) error {
	if len(r.broken) == 0 {
		return nil
	}
	slices.Sort(r.broken)
	const enough = 5
	shown := r.broken[:min(enough, len(r.broken))]
	text := strings.Join(shown, "\n  ")
	if more := len(r.broken) - len(shown); more > 0 {
		text += fmt.Sprintf("\n  and %d more", more)
	}
	remedy := "repair or remove them"
	if strings.Contains(text, "is not said") {
		remedy = "set data.fit to pad, crop or resize (docs/data.md)"
	}
	return fmt.Errorf("%d of the %d images in %s cannot be used:\n  %s\n%s", len(r.broken), total, r.root, text, remedy)
}
