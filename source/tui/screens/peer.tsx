/** One peer: the ladder and why it stands where it does. */
import {Box} from 'ink';
import {type Peer, type PeerId} from '../../core/state.js';
import {PanelLines} from '../components/panel-lines.js';
import {ScrollPanel} from '../components/scroll-panel.js';
import {innerSize} from '../draw/panel.js';
import {span} from '../draw/row.js';
import {useActions} from '../hooks/use-actions.js';
import {useNow} from '../hooks/use-now.js';
import {isShort, layoutPeer} from '../peer-layout.js';
import {rateOf} from '../rates.js';
import {selectSharedNames} from '../select.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {attemptHead, attemptRows} from '../views/attempts.js';
import {byteRows, linkRows} from '../views/peer.js';
import {peerName} from '../views/peers.js';
import {roundTripRows} from '../views/round-trip.js';
import {ThroughputPanel} from './throughput-panel.js';
import {useSessionCommands} from './use-session-commands.js';

export type PeerScreenProps = {readonly peerId: PeerId; readonly height: number; readonly isActive: boolean};

export function PeerScreen({peerId, height, isActive}: PeerScreenProps) {
	const {state, width} = useSession();
	const commands = useSessionCommands(peerId);
	useActions('peer', (action) => void commands(action), isActive);
	const peer = state.peers.get(peerId);
	if (!peer) {
		return (
			<PanelLines title={text.peers} width={width} height={height} rows={[[span(text.peer.gone, 'quiet')]]} />
		);
	}
	return <PeerPanels peer={peer} height={height} isActive={isActive} />;
}

type PeerPanelsProps = {readonly peer: Peer; readonly height: number; readonly isActive: boolean};

function PeerPanels({peer, height, isActive}: PeerPanelsProps) {
	const {state, width} = useSession();
	const now = useNow(() => 1000);
	const rate = rateOf(peer);
	// The rows of the link decide how high it is, and the layout how wide.
	const wanted = (columns: number) => linkRows(state, peer, rate, now, innerSize(columns, 0).width);
	const title = peerName(peer, selectSharedNames(state));
	if (isShort(height, wanted(width).length)) {
		const columns = innerSize(width, height).width;
		const rows = [
			...wanted(width),
			[],
			[span(text.peer.attempts, 'title')],
			...attemptHead(peer, columns),
			...attemptRows(peer, now, columns),
			[],
			[span(text.peer.bytes, 'title')],
			...byteRows(peer, columns),
		];
		return <ScrollPanel {...{title, rows, width, height, isActive}} place="peer" />;
	}
	const layout = layoutPeer(width, height, (columns) => wanted(columns).length);
	const {link, attempts, bytes, traffic, roundTrip} = layout;
	const inner = innerSize(attempts.width, attempts.height);
	return (
		<Box>
			<Box flexDirection="column" width={link.width}>
				<PanelLines {...link} title={title} rows={wanted(link.width)} focused />
				{bytes && <PanelLines {...bytes} title={text.peer.bytes} rows={byteRows(peer, bytes.width - 4)} />}
				<ScrollPanel
					{...attempts}
					title={`${text.peer.attempts} ${peer.attempts.length}`}
					head={attemptHead(peer, inner.width)}
					rows={attemptRows(peer, now, inner.width)}
					place="peer"
					isActive={isActive}
				/>
			</Box>
			{traffic && roundTrip && (
				<Box flexDirection="column" width={traffic.width}>
					<ThroughputPanel {...traffic} samples={peer.recent ?? []} seconds={60} />
					<PanelLines
						{...roundTrip}
						title={text.peer.roundTrip}
						rows={roundTripRows(peer, now, roundTrip.width - 4, roundTrip.height - 2)}
					/>
				</Box>
			)}
		</Box>
	);
}
