/** Packs made by hand, sound and otherwise. */
import {createHash} from 'node:crypto';
import {deflateSync} from 'node:zlib';
import {type ObjectType} from '../../source/git/object-format.js';
import {encodeEntryHeader, encodePackHeader} from '../../source/git/pack-format.js';

export type Part = Buffer | {type: ObjectType; content: Buffer; claimed?: number};

export function seal(body: Buffer): Buffer {
	return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

export function makePack(parts: readonly Part[], count = parts.length): Buffer {
	const entries = parts.map((part) =>
		!('content' in part)
			? part
			: Buffer.concat([
					encodeEntryHeader(part.type, part.claimed ?? part.content.length),
					deflateSync(part.content),
				]),
	);
	return seal(Buffer.concat([encodePackHeader(count), ...entries]));
}

export const blob = (text: string | Buffer): Part => ({type: 'blob', content: Buffer.from(text)});
