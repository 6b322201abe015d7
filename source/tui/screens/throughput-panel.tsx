/** The throughput graph in its frame. Remembers the scales, which change late on purpose. */
import {memo, useRef} from 'react';
import {type ThroughputSample} from '../../core/state.js';
import {PanelLines} from '../components/panel-lines.js';
import {innerSize} from '../draw/panel.js';
import {nextScale} from '../draw/scale.js';
import {text} from '../text.js';
import {legendRow, peaksOf, type Scales, throughputRows} from '../views/throughput.js';

export type ThroughputPanelProps = {
	readonly samples: readonly ThroughputSample[];
	readonly seconds: number;
	readonly width: number;
	readonly height: number;
};

/** The samples change once a second, what stands around them ten times in that. */
export const ThroughputPanel = memo(function ThroughputPanel({
	samples,
	seconds,
	width,
	height,
}: ThroughputPanelProps) {
	const shown = samples.slice(-seconds);
	const scales = useScales(shown, seconds);
	return (
		<PanelLines
			title={`${text.throughput} · ${seconds === 60 ? text.graph.short : text.graph.long}`}
			note={legendRow(shown)}
			width={width}
			height={height}
			rows={throughputRows({samples: shown, seconds, scales, ...innerSize(width, height)})}
		/>
	);
});

function useScales(samples: readonly ThroughputSample[], seconds: number): Scales {
	const remembered = useRef<{seconds: number; scales: Scales} | undefined>(undefined);
	const before = remembered.current?.seconds === seconds ? remembered.current.scales : undefined;
	const peaks = peaksOf(samples);
	const scales = {in: nextScale(before?.in, peaks.in), out: nextScale(before?.out, peaks.out)};
	remembered.current = {seconds, scales};
	return scales;
}
