import {type Action} from '../binding.js';
import {nextPin} from '../select.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {cleanText} from '../draw/clean.js';
import {type PeerId} from '../../core/state.js';
import {type FailureCode} from '../../protocol/failure.js';

/** Halts that ask whether deletions were meant. */
const deletionCodes: ReadonlySet<string> = new Set<FailureCode>(['mass_deletion', 'root_emptied']);

/**
 * What the keys of the session and the peer screen do to the session itself. Answers whether the action was one of
 * them. With a peer, the tier is that peer's alone.
 */
export function useSessionCommands(peerId?: PeerId): (action: Action) => boolean {
	const {session, open, notify, ask, attempt} = useSession();
	const deletionChoices = [
		{
			keys: ['b'],
			label: text.resume.bringBack,
			run: () =>
				attempt(async () => {
					await session.restore('.', 'now');
					notify(text.resume.broughtBack);
				}),
		},
		{
			keys: ['D'],
			label: text.resume.accept,
			run: () => session.send({type: 'resume', acceptDeletions: true}),
		},
	];
	// What is drawn may be a tenth of a second old; two quick presses of a key would do the same thing twice.
	const togglePause = () => {
		const {mode} = session.getSnapshot().project;
		switch (mode.kind) {
			case 'running': {
				session.send({type: 'pause'});
				return;
			}
			case 'paused': {
				session.send({type: 'resume'});
				notify(text.notices.resumed);
				return;
			}
			case 'halted': {
				ask({
					title: text.resume.title,
					lines: [mode.message],
					choices: [
						{keys: ['y'], label: text.resume.plain, run: () => session.send({type: 'resume'})},
						...(deletionCodes.has(mode.code) ? deletionChoices : []),
						{keys: ['escape', 'n'], label: text.resume.no, run: () => {}},
					],
				});
			}
		}
	};
	const switchTier = () => {
		const state = session.getSnapshot();
		const peer = peerId === undefined ? undefined : state.peers.get(peerId);
		if (peerId !== undefined && !peer) return notify(text.peer.gone);
		const pin = nextPin(peer?.pin ?? state.pin);
		session.send({type: 'set-tier', pin, peerId: peer?.peerId});
		notify(peer ? text.notices.tierPeer(cleanText(peer.name), pin) : text.notices.tierAll(pin));
	};
	return (action) => {
		switch (action) {
			case 'invite':
				open({kind: 'invite'});
				return true;
			case 'conflicts':
				open({kind: 'conflicts'});
				return true;
			case 'log':
				open({kind: 'log'});
				return true;
			case 'history':
				open({kind: 'history'});
				return true;
			case 'settings':
				open({kind: 'settings'});
				return true;
			case 'tier':
				switchTier();
				return true;
			case 'pause':
				togglePause();
				return true;
			case 'retry':
				session.send({type: 'retry-now'});
				notify(text.notices.retry);
				return true;
			default:
				return false;
		}
	};
}
