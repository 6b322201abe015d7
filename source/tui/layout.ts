/** Which panels the session screen has room for, and where. Pure. */

export type Slot = {readonly width: number; readonly height: number};

/** Rows of panels, from top to bottom; the panels of one row have the same height. */
export type Layout = readonly (readonly PanelSlot[])[];

type PanelName = 'peers' | 'throughput' | 'trouble' | 'activity';

export type PanelSlot = Slot & {readonly panel: PanelName};

/** What the panels would like to show. */
export type Wishes = {readonly peerRows: number; readonly troubleRows: number};

/** From here on two columns are wide enough. */
const twoColumnsFrom = 100;

/** Frames take two rows. */
const edges = 2;

/** Panels for a body of this size: in two columns where it is wide, else below each other. */
export function layoutPanels(width: number, height: number, wishes: Wishes): Layout {
	return width >= twoColumnsFrom && height >= 10
		? columns(width, height, wishes)
		: stack(width, height, wishes);
}

function columns(width: number, height: number, wishes: Wishes): Layout {
	const left = Math.ceil(width * 0.54);
	const right = width - left;
	// A graph that is taller says more, up to a point; long lists of peers may push it further.
	const upper = clamp(
		Math.max(wishes.peerRows + edges, Math.min(15, Math.floor(height * 0.45))),
		5,
		height - 4,
	);
	const lower = height - upper;
	return [
		[
			{panel: 'peers', width: left, height: upper},
			{panel: 'throughput', width: right, height: upper},
		],
		[
			{panel: 'trouble', width: left, height: lower},
			{panel: 'activity', width: right, height: lower},
		],
	];
}

/** Below each other: everybody gets the least that is of use, then wishes are granted in this order. */
function stack(width: number, height: number, wishes: Wishes): Layout {
	const heights: Record<PanelName, number> = {
		peers: Math.min(4, height),
		trouble: 0,
		throughput: 0,
		activity: 0,
	};
	let left = height - heights.peers;
	const grant = (panel: PanelName, wanted: number) => {
		const more = clamp(wanted - heights[panel], 0, left);
		// Fewer than three rows are only frame.
		if (heights[panel] + more < 3) return;
		heights[panel] += more;
		left -= more;
	};
	if (wishes.troubleRows > 0) grant('trouble', 3);
	grant('activity', 3);
	grant('peers', Math.min(wishes.peerRows + edges, Math.ceil(height / 2)));
	if (height >= 18) grant('throughput', 5);
	if (wishes.troubleRows > 0)
		grant('trouble', Math.min(wishes.troubleRows + edges, Math.max(3, Math.floor(height / 4))));
	grant('activity', 5);
	if (height >= 18) grant('throughput', Math.min(11, Math.floor(height / 3)));
	grant('peers', wishes.peerRows + edges);
	heights[heights.activity > 0 ? 'activity' : 'peers'] += left;
	return (['peers', 'trouble', 'throughput', 'activity'] as const)
		.filter((panel) => heights[panel] > 0)
		.map((panel) => [{panel, width, height: heights[panel]}]);
}

function clamp(value: number, least: number, most: number): number {
	return Math.max(least, Math.min(value, most));
}
