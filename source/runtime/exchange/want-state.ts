/**
 * The running want on disk: what is asked for and how far it has arrived, so that a restart goes on there. Written after
 * something became durable, some times a second. Losing it costs only that objects are sent again, so it is not forced to disk itself.
 */
import {renameSync, writeFileSync} from 'node:fs';
import {readFile, rm} from 'node:fs/promises';
import * as z from 'zod';
import {type Oid} from '../../protocol/content.js';
import {maxHave} from './limits.js';
import {type Position} from './position.js';

const oid = z.string().regex(/^[0-9a-f]{40}$/);
const count = z.int().min(0);

const wantStateSchema = z.object({
	version: z.literal(1),
	commit: oid,
	have: z.array(oid).max(maxHave),
	history: z.boolean().optional(),
	/** False once one was of no use here. */
	deltas: z.boolean().optional(),
	/** The last object that has arrived whole, as everything before it. */
	after: z.object({phase: z.enum(['blobs', 'trees', 'commits']), oid}).optional(),
	/** The object behind it, of which `offset` bytes have arrived. */
	part: z.object({oid, type: z.enum(['blob', 'tree', 'commit']), size: count, offset: count}).optional(),
});

type WantStateFile = z.infer<typeof wantStateSchema>;

/** The parts of one large object that have arrived. */
export type PartState = NonNullable<WantStateFile['part']>;

export type WantState = {
	readonly commit: Oid;
	readonly have: readonly Oid[];
	readonly history?: boolean;
	readonly deltas?: boolean;
	readonly after?: Position;
	readonly part?: PartState;
};

/** What the file says; undefined where there is none or it cannot be understood. */
export async function readWantState(path: string): Promise<WantState | undefined> {
	try {
		return parseWantState(await readFile(path, 'utf8'));
	} catch {
		return undefined;
	}
}

/** What the text of the file says; undefined for any other text. */
export function parseWantState(text: string): WantState | undefined {
	try {
		const parsed = wantStateSchema.safeParse(JSON.parse(text));
		if (!parsed.success) return undefined;
		const {version: _, ...state} = parsed.data;
		return state;
	} catch {
		return undefined;
	}
}

/**
 * Replaces the file at once: a crash leaves the old one or the new one. Without a turn of the loop: the sender waits for it,
 * and all other threads may be waiting for the disk.
 */
export async function writeWantState(path: string, state: WantState): Promise<void> {
	const file: WantStateFile = {
		version: 1,
		commit: state.commit,
		have: [...state.have],
		history: state.history,
		deltas: state.deltas,
		after: state.after,
		part: state.part,
	};
	writeFileSync(`${path}.tmp`, JSON.stringify(file), {mode: 0o600});
	renameSync(`${path}.tmp`, path);
}

export async function removeWantState(path: string): Promise<void> {
	await rm(path, {force: true});
}
