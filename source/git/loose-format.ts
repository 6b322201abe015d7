/** A loose object's file: one zlib stream of `<type> <size>\0<content>`. */
import {inflateSync} from 'node:zlib';
import {type ObjectInfo} from './cat-file-header.js';
import {isObjectType} from './object-format.js';

/** Loose objects are small: what would inflate to more is left to git, which streams. */
const maxLooseBytes = 64 * 1024 * 1024;

/** undefined for a file that is none, or is larger than loose objects of ours are. */
export function parseLoose(file: Buffer): {readonly info: ObjectInfo; readonly content: Buffer} | undefined {
	try {
		const plain = inflateSync(file, {maxOutputLength: maxLooseBytes});
		const end = plain.indexOf(0);
		const [type = '', size = ''] = plain.toString('latin1', 0, Math.max(0, Math.min(end, 64))).split(' ');
		const content = plain.subarray(end + 1);
		if (!isObjectType(type) || !/^(?:0|[1-9]\d*)$/.test(size) || content.length !== Number(size)) {
			return undefined;
		}

		return {info: {type, bytes: content.length}, content};
	} catch {
		return undefined;
	}
}
