/**
 * Commits as bytes. The same facts give the same bytes on every peer, so two peers that make the same merge make the
 * same commit. Times are whole seconds, always UTC. Parsing takes only the form that git's own check passes. Pure.
 */
import {isUtf8} from 'node:buffer';
import {isOid, type Oid} from '../protocol/content.js';
import {maxCommitBytes} from './object-format.js';
import {commitWords} from './store-words.js';

/** Who made a commit. */
export type Author = {readonly name: string; readonly peerId: string};

export type NewCommit = {
	readonly tree: Oid;
	readonly parents: readonly Oid[];
	readonly author: Author;
	/** Ms since the epoch; what is below a second is cut off. */
	readonly atMs: number;
	readonly message: string;
};

export type Commit = NewCommit & {readonly oid: Oid};

/** The author of every merge: constant, so that merges are the same whoever makes them. */
export const mergeAuthor: Author = {name: 'pulsync', peerId: 'merge'};

/** More parents than a session has peers do not occur. */
export const maxParents = 64;

const maxNameCharacters = 100;
const maxMessageCharacters = 8192;
const loneSurrogate = /\p{Surrogate}/gu;
const emailHost = 'pulsync';
const person = /^([^<>\n\0]*[^<>\n\0 ]) <([^<>\n\0 ]+)> (0|[1-9]\d{0,11}) ([+-]\d{4})$/;

export type ParsedCommit =
	{readonly ok: true; readonly commit: NewCommit} | {readonly ok: false; readonly reason: string};

export function encodeCommit({tree, parents, author, atMs, message}: NewCommit): Buffer {
	const seconds = Math.max(0, Math.floor(atMs / 1000));
	const who = `${cleanName(author)} <${cleanId(author.peerId)}@${emailHost}> ${seconds} +0000`;
	return Buffer.from(
		[
			`tree ${tree}`,
			...parents.map((parent) => `parent ${parent}`),
			`author ${who}`,
			`committer ${who}`,
			'',
			`${cleanMessage(message)}\n`,
		].join('\n'),
	);
}

/** Parses a commit; headers that we do not know are allowed after `committer`, for later versions. */
export function parseCommit(bytes: Buffer): ParsedCommit {
	if (bytes.length > maxCommitBytes || !isUtf8(bytes) || bytes.includes(0)) {
		return bad(commitWords.notText);
	}

	const text = bytes.toString();
	const headEnd = text.indexOf('\n\n');
	const lines = (headEnd < 0 ? text : text.slice(0, headEnd)).split('\n');
	const tree = oidAfter('tree ', lines.shift());
	if (tree === undefined) {
		return bad(commitWords.noTree);
	}

	const parents: Oid[] = [];
	while (lines[0]?.startsWith('parent ')) {
		const parent = oidAfter('parent ', lines.shift());
		if (parent === undefined || parents.includes(parent) || parents.length >= maxParents) {
			return bad(commitWords.badParents);
		}

		parents.push(parent);
	}

	const author = person.exec(after('author ', lines.shift()));
	const committer = person.exec(after('committer ', lines.shift()));
	if (!author || !committer) {
		return bad(commitWords.badPeople);
	}

	if (
		lines.some(
			(line) => !/^(?: |[a-z][a-z0-9-]* )/.test(line) || /^(tree|parent|author|committer) /.test(line),
		)
	) {
		return bad(commitWords.badHeader);
	}

	const [, name = '', email = ''] = author;
	return {
		ok: true,
		commit: {
			tree,
			parents,
			author: {name, peerId: email.split('@')[0] ?? ''},
			atMs: Number(committer[3]) * 1000,
			message: headEnd < 0 ? '' : text.slice(headEnd + 2).trimEnd(),
		},
	};
}

function cleanName({name, peerId}: Author): string {
	const clean = name
		.replace(/[\u0000-\u001f\u007f<>\s]+/g, ' ')
		.slice(0, maxNameCharacters)
		.replace(loneSurrogate, '')
		// Git strips these from the ends of names, and its check complains when they are all there is.
		.replace(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, '');
	return clean === '' ? cleanId(peerId) : clean;
}

function cleanMessage(message: string): string {
	return message.slice(0, maxMessageCharacters).replace(/\0/g, '').replace(loneSurrogate, '').trimEnd();
}

function cleanId(peerId: string): string {
	return peerId.replace(/[^A-Za-z0-9_-]/g, '').slice(0, maxNameCharacters) || 'unknown';
}

function after(start: string, line: string | undefined): string {
	return line?.startsWith(start) ? line.slice(start.length) : '';
}

function oidAfter(start: string, line: string | undefined): Oid | undefined {
	const oid = after(start, line);
	return isOid(oid) ? oid : undefined;
}

function bad(reason: string): ParsedCommit {
	return {ok: false, reason};
}
