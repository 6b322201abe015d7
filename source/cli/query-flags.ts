/** The flags of the commands that ask or tell a running session. */
import {type Flag} from './flag.js';

export const queryFlags = [
	{name: 'up', value: 'RATE', summary: 'send at most this much, or none: no limit', of: ['limit']},
	{name: 'down', value: 'RATE', summary: 'receive at most this much, or none: no limit', of: ['limit']},
	{
		name: 'take',
		value: 'SIDE',
		offers: ['mine', 'theirs', 'base', 'both', 'merged'],
		summary: 'mine, theirs, base (deletes a file that had none), both or merged',
		of: ['resolve'],
	},
	{
		name: 'file',
		value: 'FILE',
		offers: 'file',
		summary: 'what settles it with --take merged; - reads it from stdin',
		of: ['resolve'],
	},
	{
		name: 'side',
		value: 'SIDE',
		offers: ['mine', 'theirs', 'base'],
		summary: 'mine, theirs, base, or the start of an oid that conflicts --json names',
		of: ['show'],
	},
	{name: 'all', summary: 'all conflicts, or all below the one folder that is named', of: ['resolve']},
	{
		name: 'peer',
		value: 'NAME',
		summary:
			'whose side (resolve, show), or for this peer alone (tier); NAME:START-OF-ID where two share a name',
		of: ['tier', 'resolve', 'show'],
	},
	{
		name: 'at',
		value: 'TIME|COMMIT',
		summary: 'a time (2026-01-31T12:00, now) or a snapshot',
		of: ['restore', 'show'],
	},
	{name: 'older', summary: 'also what was cut off here and peers who are online still keep', of: ['history']},
	{name: 'from', value: 'TIME|COMMIT', summary: 'what changed since then', of: ['diff']},
	{name: 'to', value: 'TIME|COMMIT', summary: 'and until then (now)', of: ['diff']},
	{name: 'wait', summary: 'return when all online peers have the same head', of: ['sync']},
	{
		name: 'timeout',
		value: 'SECONDS',
		summary: 'give up waiting after this long (600)',
		of: ['sync'],
	},
	{
		name: 'accept-deletions',
		summary: 'the files were deleted on purpose: delete them everywhere',
		of: ['resume'],
	},
] as const satisfies readonly Flag[];
