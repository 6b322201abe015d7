/** The line that begins each answer of `git cat-file --batch-command`: `<id> <type> <size>` or `<id> missing`. */
import {isOid, type Oid} from '../protocol/content.js';
import {isObjectType, type ObjectType} from './object-format.js';

/** A header line is shorter than this, so what is longer is none. */
export const maxHeaderBytes = 256;

export type ObjectInfo = {readonly type: ObjectType; readonly bytes: number};

/** `info` is missing where the object is. undefined for a line that is no header. */
export function parseHeader(line: string): {readonly oid: Oid; readonly info?: ObjectInfo} | undefined {
	const [oid = '', type = '', size = '', ...more] = line.split(' ');
	if (!isOid(oid) || more.length > 0) {
		return undefined;
	}

	if (type === 'missing' && size === '') {
		return {oid};
	}

	const bytes = /^(?:0|[1-9]\d{0,15})$/.test(size) ? Number(size) : Number.NaN;
	return isObjectType(type) && Number.isSafeInteger(bytes) ? {oid, info: {type, bytes}} : undefined;
}
