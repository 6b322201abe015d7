/** One peer: the ladder and why it stands where it does. */
import {Box} from 'ink';
import {type PeerId} from '../../core/state.js';
import {PanelLines} from '../components/panel-lines.js';
import {ScrollPanel} from '../components/scroll-panel.js';
import {innerSize} from '../draw/panel.js';
import {span} from '../draw/row.js';
import {useActions} from '../hooks/use-actions.js';
import {useNow} from '../hooks/use-now.js';
import {useRates} from '../hooks/use-rates.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {attemptRows, byteRows, linkRows} from '../views/peer.js';
import {peerName} from '../views/peers.js';
import {selectSharedNames} from '../select.js';
import {useSessionCommands} from './use-session-commands.js';

export type PeerScreenProps = {readonly peerId: PeerId; readonly height: number; readonly isActive: boolean};

export function PeerScreen({peerId, height, isActive}: PeerScreenProps) {
	const {state, width} = useSession();
	const now = useNow(true);
	const rates = useRates(state, now);
	const commands = useSessionCommands(peerId);
	useActions('peer', (action) => void commands(action), isActive);
	const peer = state.peers.get(peerId);
	if (!peer) {
		return (
			<PanelLines title={text.peers} width={width} height={height} rows={[[span(text.peer.gone, 'quiet')]]} />
		);
	}
	const inner = innerSize(width, height);
	const link = linkRows(state, peer, rates(peer), now, inner.width);
	const linkHeight = Math.min(link.length + 2, Math.max(4, height - 7));
	const bytesHeight = height - linkHeight >= 9 ? 5 : 0;
	const bytes = byteRows(peer, inner.width);
	return (
		<Box flexDirection="column">
			<PanelLines
				title={peerName(peer, selectSharedNames(state))}
				width={width}
				height={linkHeight}
				rows={link}
				focused
			/>
			{bytesHeight > 0 && (
				<PanelLines title={text.peer.bytes} width={width} height={bytesHeight} rows={bytes} />
			)}
			<ScrollPanel
				title={`${text.peer.attempts} ${peer.attempts.length}`}
				width={width}
				height={height - linkHeight - bytesHeight}
				rows={attemptRows(peer, now, inner.width)}
				place="peer"
				isActive={isActive}
			/>
		</Box>
	);
}
