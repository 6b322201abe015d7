/** The session screen: peers, throughput, conflicts and problems, activity. */
import {Box} from 'ink';
import {useLayoutEffect, useState} from 'react';
import {Lines} from '../components/lines.js';
import {PanelLines} from '../components/panel-lines.js';
import {innerSize} from '../draw/panel.js';
import {type Row, span} from '../draw/row.js';
import {filtered} from '../filter.js';
import {useActions} from '../hooks/use-actions.js';
import {useNow} from '../hooks/use-now.js';
import {layoutPanels, type PanelSlot} from '../layout.js';
import {moveCursor, windowStart} from '../list-cursor.js';
import {selectPeers, selectSharedNames, selectTickMs} from '../select.js';
import {useSession} from '../session-context.js';
import {text} from '../text.js';
import {activityRows} from '../views/activity.js';
import {editingNote} from '../views/editing.js';
import {filterNote} from '../views/filter.js';
import {countPeerRows, peerRows} from '../views/peers.js';
import {troubleRows} from '../views/trouble.js';
import {ThroughputPanel} from './throughput-panel.js';
import {useSessionCommands} from './use-session-commands.js';

export function Home({height, isActive}: {readonly height: number; readonly isActive: boolean}) {
	const {state, width, open, filter, kept, notify} = useSession();
	const commands = useSessionCommands();
	const now = useNow((at) => selectTickMs(state, at));
	const all = selectPeers(state);
	const peers = filtered(all, filter, ({name, peerId}) => `${name} ${peerId}`);
	const [selectedId, setSelectedId] = useState(kept.peerId);
	const [seconds, setSeconds] = useState(kept.seconds ?? 60);
	useLayoutEffect(() => {
		Object.assign(kept, {peerId: selectedId, seconds});
	}, [kept, selectedId, seconds]);
	const cursor = Math.max(
		0,
		peers.findIndex((peer) => peer.peerId === selectedId),
	);
	useActions(
		'session',
		(action) => {
			const here = peers[cursor];
			if (action === 'open' && here) open({kind: 'peer', peerId: here.peerId});
			else if (action === 'open') notify(all.length === 0 ? text.noPeers : text.noMatch);
			else if (action === 'graph') setSeconds(seconds === 60 ? 600 : 60);
			else if (!commands(action)) setSelectedId(peers[moveCursor(cursor, action, peers.length, 5)]?.peerId);
		},
		isActive,
	);

	const problems = state.problems.items.length + state.problems.hidden;
	const layout = layoutPanels(width, height, {
		peerRows: countPeerRows({state, peers}),
		troubleRows: state.conflicts.length + problems,
	});

	const draw = (slot: PanelSlot) => {
		const inner = innerSize(slot.width, slot.height);
		switch (slot.panel) {
			case 'peers': {
				const {rows, starts, untold} = peerRows({state, peers, now, width: inner.width, cursor});
				const start = windowStart(starts[cursor] ?? 0, rows.length, inner.height);
				const hidden = starts.filter((row) => row >= start + inner.height).length;
				const note: Row =
					filter !== ''
						? filterNote(filter, peers.length, all.length)
						: all.length > 0
							? [
									...editingNote(untold, selectSharedNames(state), inner.width - 20),
									span(`${untold.length > 0 ? '  ' : ''}${all.length + 1}`, 'quiet'),
								]
							: [];
				return (
					<PanelLines
						{...slot}
						title={text.peers}
						note={note}
						rows={rows.slice(start)}
						more={hidden > 0 ? text.more(hidden) : undefined}
					/>
				);
			}
			case 'throughput':
				return <ThroughputPanel {...slot} samples={state.throughput.samples} seconds={seconds} />;
			case 'trouble': {
				const {rows, hidden} = troubleRows(state, now, inner.width, inner.height);
				return (
					<PanelLines
						{...slot}
						title={text.conflictsTitle(state.conflicts.length, problems)}
						rows={rows}
						more={hidden > 0 ? text.more(hidden) : undefined}
					/>
				);
			}
			case 'activity':
				return (
					<PanelLines
						{...slot}
						title={text.activity}
						rows={activityRows(state.activity, inner.width, inner.height)}
					/>
				);
		}
	};
	if (layout.length === 0) return <Lines rows={[[span(text.tooSmall, 'quiet')]]} width={width} />;
	return (
		<Box flexDirection="column" height={height}>
			{layout.map((row) => (
				<Box key={row[0]?.panel} height={row[0]?.height}>
					{row.map((slot) => (
						<Box key={slot.panel} width={slot.width}>
							{draw(slot)}
						</Box>
					))}
				</Box>
			))}
		</Box>
	);
}
