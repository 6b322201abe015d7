/** Numbers as people read them: bytes, rates, durations, times of day, short ids. Pure. */

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `0 B`, `999 B`, `1.2 kB`, `42 MB`: at most three digits, decimal units. */
export function formatBytes(bytes: number): string {
	if (!Number.isFinite(bytes) || bytes < 0) return '0 B';
	let value = Math.round(bytes);
	let unit = 0;
	while (value >= 999.5 && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}
	const text =
		unit === 0 || value >= 99.95 ? value.toFixed(0) : value >= 9.95 ? value.toFixed(0) : value.toFixed(1);
	return `${text} ${units[unit] ?? ''}`;
}

/** Bytes a second; a rate below one byte a second is none. */
export function formatRate(bytesPerSecond: number): string {
	return `${formatBytes(bytesPerSecond >= 1 ? bytesPerSecond : 0)}/s`;
}

/** `0:07`, `12:40`, `3:05:00`; a day and more as `2 d`. */
export function formatClock(ms: number): string {
	const seconds = Math.max(0, Math.ceil(ms / 1000));
	if (seconds >= 86_400) return `${Math.floor(seconds / 86_400)} d`;
	const hours = Math.floor(seconds / 3600);
	const minutes = Math.floor((seconds % 3600) / 60);
	const rest = String(seconds % 60).padStart(2, '0');
	return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** How long ago or how long it took, roughly: `now`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function formatAge(ms: number): string {
	const seconds = Math.floor(Math.max(0, ms) / 1000);
	if (seconds < 1) return 'now';
	if (seconds < 60) return `${seconds} s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
	if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
	return `${Math.floor(seconds / 86_400)} d`;
}

/** A duration that was measured: `4 ms`, `1.2 s`, `14 s`. */
export function formatTook(ms: number): string {
	if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
	return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : formatAge(ms);
}

/** `12:01:07` in the time zone of the machine. */
export function formatTime(at: number): string {
	const date = new Date(at);
	if (Number.isNaN(date.getTime())) return '--:--:--';
	return [date.getHours(), date.getMinutes(), date.getSeconds()]
		.map((part) => String(part).padStart(2, '0'))
		.join(':');
}

/** `2026-01-31T12:01:07+01:00`: the time zone of the machine with its offset, for whom the day matters and for scripts. */
export function formatMoment(at: number): string {
	const offset = -new Date(at).getTimezoneOffset();
	const local = new Date(at + offset * 60_000);
	if (Number.isNaN(local.getTime())) return '-';
	const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
	const zone = [hours, minutes].map((part) => String(part).padStart(2, '0')).join(':');
	return `${local.toISOString().slice(0, 19)}${offset < 0 ? '-' : '+'}${zone}`;
}

/** `2 Jan`, in the time zone of the machine; `2 Jan 2025` where that is another year than now. */
export function formatDay(at: number, now: number): string {
	const date = new Date(at);
	if (Number.isNaN(date.getTime())) return '-';
	const year = date.getFullYear() === new Date(now).getFullYear() ? '' : ` ${date.getFullYear()}`;
	return `${date.getDate()} ${date.toLocaleString('en-US', {month: 'short'})}${year}`;
}

/** `12,345`. */
export function formatCount(count: number): string {
	return Math.round(count).toLocaleString('en-US');
}

/** Whole percent, rounded down: 100 only when everything is there. Undefined where the whole is not known. */
export function percentOf(done: number, total: number | undefined): number | undefined {
	if (total === undefined || !(total > 0)) return undefined;
	return done >= total ? 100 : Math.max(0, Math.floor((done / total) * 100));
}

/** The part of a session_id that people read to each other: `k7f3-q2`. */
export function shortSession(sessionId: string): string {
	return sessionId.length > 6 ? `${sessionId.slice(0, 4)}-${sessionId.slice(4, 6)}` : sessionId;
}

/** The start of a peer_id or commit. */
export function shortId(id: string): string {
	return id.slice(0, 6);
}

/** The host and port of a URL, as short as it can be said. */
export function shortUrl(url: string): string {
	return url.replace(/^[a-z]+:\/\//, '').replace(/\/(ws)?$/, '');
}
