/**
 * The talk between the commands and a running session, over a Unix socket: the session says in one line whose it is,
 * the command asks in one line, the session answers in one line and closes. Lines are JSON. What a session says is in
 * control-answer.ts.
 */
import * as z from 'zod';

/** A resolution may name some thousand paths; more is done by folder or `--all`. */
export const maxRequestBytes = 1024 * 1024;

const path = z.string().min(1).max(4096);
/** A time or a commit. */
const moment = z.string().min(1).max(100);
/** Bytes a second; null: no limit. */
const rate = z.union([z.number().int().min(1).max(1e12), z.null()]);
const pin = z.enum(['auto', 'direct', 'proxy', 'json']);

export const controlRequestSchema = z.discriminatedUnion('request', [
	z.object({request: z.literal('invite')}),
	z.object({request: z.literal('status')}),
	z.object({request: z.literal('conflicts')}),
	z.object({
		request: z.literal('resolve-merged'),
		path,
		/** Absolute; it holds the merged content. */
		file: path,
	}),
	z.object({
		request: z.literal('show'),
		path,
		side: z.string().min(1).max(40).optional(),
		peer: z.string().optional(),
		at: moment.optional(),
	}),
	z.object({
		request: z.literal('resolve'),
		paths: z.union([z.array(path).min(1).max(10_000), z.literal('all')]),
		folder: path.optional(),
		peer: z.string().optional(),
		take: z.enum(['mine', 'theirs', 'base', 'both']),
	}),
	z.object({request: z.literal('tier'), pin: pin.optional(), peer: z.string().optional()}),
	z.object({request: z.literal('limit'), up: rate.optional(), down: rate.optional()}),
	z.object({request: z.literal('history'), path: path.optional(), older: z.boolean().optional()}),
	z.object({
		request: z.literal('diff'),
		path: path.optional(),
		from: moment.optional(),
		to: moment.optional(),
	}),
	z.object({request: z.literal('restore'), path, at: moment}),
	z.object({request: z.literal('sync'), wait: z.boolean(), timeout_ms: z.number().int().min(1)}),
	z.object({request: z.literal('tidy'), days: z.number().min(0).max(36_500).optional()}),
	z.object({request: z.literal('pause')}),
	z.object({request: z.literal('resume'), accept_deletions: z.boolean()}),
	z.object({request: z.literal('leave')}),
]);

export type ControlRequest = z.infer<typeof controlRequestSchema>;
