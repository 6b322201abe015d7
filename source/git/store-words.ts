/** Why data of a peer is not taken, what is wrong with the own store, and how a git command ended: reasons in a few words. */
import {type PathFault} from '../protocol/path-name.js';

export const commitWords = {
	tooMany: 'too many new commits',
	notText: 'a commit that is too large or not text',
	noTree: 'a commit without a tree',
	badParents: 'a commit with parents that are malformed, repeated or too many',
	badPeople: 'a commit with a malformed author or committer',
	badHeader: 'a commit with a malformed header',
	none: 'a commit that is none',
} as const;

export const treeWords = {
	noMode: 'a tree entry without a mode',
	otherMode: 'a tree entry with a mode that is not synced',
	cutOff: 'a tree that is cut off',
	badName: 'a tree entry with a name that is empty, not UTF-8 or a path',
	nullId: 'a tree entry with the null id',
	notSorted: 'a tree that is not sorted or has a name twice',
	tooManyPaths: 'a tree with too many, too deep or too long paths',
	tooDeep: 'a tree that is too deep',
	reservedBelow: 'a reserved name below the root',
	overAndOver: 'trees that are to be looked at over and over',
	none: 'an object that is no tree',
	noneOrTooLarge: 'a tree that is none or too large',
} as const;

export const nameWords = {
	slash: 'a slash in a name',
	faults: {
		bad_name: 'a name that is empty, leads out of its folder or has control characters',
		reserved_name: 'a name that stands for .git or .pulsync',
		name_too_long: 'a name or path that is too long or too deep',
	} satisfies Readonly<Record<PathFault, string>>,
} as const;

/** About what stands in the reserved folder. */
export const recordWords = {
	notOnlyRecords: 'a reserved folder that holds something else than records',
	noneOrTooMany: 'a records folder that is empty or too large',
	notRecord: 'an entry among the records that is none',
	pathInTree: 'a conflict record of a path that is in the tree',
	tooManySides: 'a conflict record with too many sides',
	folder: 'a conflict record with a folder',
	noSide: 'a conflict record with an entry that is no side',
	incomplete: 'a conflict record without a path or with less than two sides',
	otherPath: 'a conflict record under another path\u2019s name',
} as const;

export const objectWords = {
	otherId: 'an object that does not hash to its id',
	noId: 'an id that is none',
	tooLarge: (type: string) => `a ${type} that is too large`,
	notInParts: 'an object that is not taken in parts',
	tooManyBytes: 'more bytes than the object has',
	notBlob: 'a file that is no blob',
	longSymlink: 'a symlink that is too long',
} as const;

export const packWords = {
	none: 'a pack that is none',
	twice: 'a pack that holds an object twice',
	tooLarge: 'a pack that declares too much',
	tooManyObjects: 'a pack that claims too many objects',
	wrongSize: 'a pack of a wrong size',
	wrongChecksum: 'a pack with a wrong checksum',
	strayBytes: 'a pack with bytes that belong to no object',
	notOneDelta: 'a pack that is not one delta',
	badHeader: 'a pack entry with a broken header',
	otherType: 'a pack entry of a type that is not taken',
	wrongInflatedSize: 'a pack entry that does not inflate to its declared size',
} as const;

export const deltaWords = {
	noSizes: 'a delta without sizes',
	tooManyPieces: 'a delta of too many pieces',
	cutOff: 'a delta that is cut off',
	goesBack: 'a delta that goes back in its base',
	beyondBase: 'a delta beyond its base',
	otherSize: 'a delta that makes another size than it says',
	tooLarge: 'a delta that declares too much',
	notAnnounced: 'a delta that is not what was announced',
	otherBase: 'a delta against another object than it says',
	otherObject: 'a delta that makes another object',
} as const;

/** What is wrong with the own store. */
export const damageWords = {
	wrongLength: 'an entry that is not as long as it says',
	notWritten: 'an entry of a pack that is not what was written',
	notInflated: 'an entry that does not inflate',
	blobCutOff: 'a blob could not be read to its end',
	unreadable: 'an object could not be read',
	outOfStep: 'cat-file answered out of step',
	catFile: 'cat-file',
	largeGraph: 'the commit graph is too large',
	unreadableRef: 'a ref cannot be read',
	noIdInRef: 'a ref holds no id',
	noHead: 'the newest snapshot is not there',
} as const;

/** How a git command ended that did not do its work. */
export const gitWords = {
	tooManyFiles: 'too many files are open',
	noAnswer: 'no answer in time',
	endedBy: (signal: string | null) => `ended by ${signal ?? 'a signal'}`,
} as const;
