/** One request of a command to a running session, and its answer in the words of docs/cli.md. */
import {findPeer} from '../core/find-peer.js';
import {type Session} from '../core/session.js';
import {reportConflicts, reportLimits, reportPeers, reportStatus} from '../core/status-report.js';
import {Failure} from '../protocol/failure.js';
import {type ControlRequest} from './control-protocol.js';

type Result = Record<string, unknown>;

/** `left` tells that nobody waits for the answer any more. */
export async function answerControl(
	session: Session,
	request: ControlRequest,
	left: AbortSignal,
): Promise<Result> {
	switch (request.request) {
		case 'invite':
			return {invite: session.getSnapshot().session.invite};
		case 'status':
			return reportStatus(session.getSnapshot());
		case 'conflicts':
			return {conflicts: reportConflicts(session.getSnapshot())};
		case 'resolve': {
			const {paths, folder, peer, take} = request;
			const {resolved} = await session.resolve({paths, folder, peerId: peerIdOf(session, peer), take});
			return {resolved};
		}
		case 'resolve-merged':
			await session.resolveMerged(request.path, {file: request.file});
			return {resolved: [request.path]};
		case 'show': {
			const {path, side, at, peer} = request;
			const shown = await session.readVersion({path, side, at, peerId: peerIdOf(session, peer)});
			const {oid, mode, data} = shown;
			return {path, oid, mode, bytes: data.length, data: Buffer.from(data).toString('base64')};
		}
		case 'tier': {
			const peerId = peerIdOf(session, request.peer);
			if (request.pin !== undefined) {
				session.send({type: 'set-tier', pin: request.pin, peerId});
				await turn();
			}
			const state = session.getSnapshot();
			return {tier: state.pin, peers: reportPeers(state)};
		}
		case 'limit': {
			const {up, down} = request;
			if (up !== undefined || down !== undefined) {
				session.send({type: 'set-limits', up, down});
				await turn();
			}
			return {limits: reportLimits(session.getSnapshot())};
		}
		case 'history': {
			const {entries, end} = await session.readHistory({path: request.path, older: request.older});
			return {
				entries: entries.map(({peerId, keptBy, ...entry}) => ({
					...entry,
					peer_id: peerId,
					...(keptBy === undefined ? {} : {kept_by: keptBy}),
				})),
				end,
			};
		}
		case 'diff': {
			const {path, from, to} = request;
			return {diff: await session.diff({path, from, to})};
		}
		case 'restore': {
			const {restored} = await session.restore(request.path, request.at);
			return {restored};
		}
		case 'sync': {
			session.send({type: 'rescan'});
			if (request.wait) return {...(await session.waitSynced(request.timeout_ms, left))};
			const {head, tree} = session.getSnapshot().project;
			return {head: head ?? null, tree: tree ?? null};
		}
		case 'tidy': {
			const {bytes, cut} = await session.tidy(request.days);
			return {store_bytes: bytes, cut};
		}
		case 'pause':
			session.send({type: 'pause'});
			return {paused: true};
		case 'resume':
			session.send({type: 'resume', acceptDeletions: request.accept_deletions});
			return {paused: false};
		case 'leave':
			await session.leave();
			return {left: true};
	}
}

/** Lets the loop take in a command before the state is read. */
function turn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

function peerIdOf(session: Session, wanted: string | undefined): string | undefined {
	if (wanted === undefined) return undefined;
	const found = findPeer(session.getSnapshot().peers, wanted);
	if (found.ok) return found.peerId;
	throw new Failure(found.code, {
		severity: 'fatal',
		details: {peer: wanted, ...('choices' in found ? {choices: found.choices} : {})},
	});
}
