/** Which rule a peer's answer to a fetch breaks, in a few words. */

export const answerWords = {
	beyondPlan: 'plan beyond itself',
	skipsObjects: 'plan skips objects',
	largeGraph: 'graph too large',
	moreThanPlanned: 'more than planned',
} as const;

export const unitWords = {
	tooManyUnderWay: 'more under way than allowed',
	notAnnounced: 'bytes nobody announced',
	wrongPlace: 'bytes at a wrong place',
	largeChunk: 'chunk too large',
	missing: 'a unit is missing',
	afterEnd: 'a unit after the end',
	outOfOrder: 'objects out of order',
	segmentSize: 'segment size',
	segmentObjects: 'segment objects',
	segmentObjectBytes: 'segment object bytes',
	segmentChecksum: 'segment checksum',
	segmentCount: 'segment count',
	deltaNotAsked: 'a delta that was not asked for',
	deltaNotOfOneBlob: 'a delta that is not of one blob',
	partSize: 'part size',
	partPlace: 'part place',
	objectSize: 'object size',
	objectPiece: 'object piece',
} as const;
