/** HLS playlists (RFC 8216): of a narration, also an unfinished one, and of the earlier service. */
import { SEGMENT_SECONDS, type Segment } from "./mp3.ts";

/** The name of segment `number`, from 0; players of earlier versions request only such names. */
const nameOf = (number: number) => `segment_${String(number).padStart(3, "0")}.ts`;

/** The number in a segment's name; undefined for any other name. */
export function segmentNumber(name: string): number | undefined {
    const [, digits] = /^segment_(\d{3,6})\.ts$/.exec(name) ?? [];
    return digits === undefined ? undefined : Number(digits);
}

/** The playlist of `segments`; an incomplete playlist grows at its end. */
export function playlistOf(segments: Segment[], complete: boolean): string {
    return [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        `#EXT-X-TARGETDURATION:${SEGMENT_SECONDS}`,
        "#EXT-X-MEDIA-SEQUENCE:0",
        `#EXT-X-PLAYLIST-TYPE:${complete ? "VOD" : "EVENT"}`,
        // Without this, a player starts near the end of a growing playlist.
        "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES",
        ...segments.flatMap(({ seconds }, number) => [`#EXTINF:${seconds.toFixed(3)},`, nameOf(number)]),
        ...(complete ? ["#EXT-X-ENDLIST"] : []),
        "",
    ].join("\n");
}

/** A playlist of the earlier service with relative segment names in place of addresses. */
export function withRelativeNames(playlist: string): string {
    return playlist
        .split(/\r?\n/)
        .map((entry) => (entry.startsWith("#") ? entry : (entry.split("?")[0]?.split("/").at(-1) ?? "")))
        .join("\n");
}

/** A playlist's duration and number of segments. */
export function lengthOf(playlist: string): { seconds: number; segments: number } {
    const lengths = [...playlist.matchAll(/^#EXTINF:([\d.]+)/gm)].map(([, seconds]) => Number(seconds));
    return { seconds: lengths.reduce((sum, seconds) => sum + seconds, 0), segments: lengths.length };
}
