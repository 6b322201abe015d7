import {deflateSync} from 'node:zlib';

/** A sample that deflates to more than this part of itself is stored as it is: pictures, archives, music. */
const worthDeflating = 0.95;

/** 0 where the sample does not get smaller, else the fastest level that helps. */
export function chooseLevel(sample: Uint8Array): 0 | 1 {
	return sample.length > 0 && deflateSync(sample, {level: 1}).length > sample.length * worthDeflating ? 0 : 1;
}
