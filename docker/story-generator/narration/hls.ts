/** HLS playlists (RFC 8216): of a narration as far as it is made, and of the earlier service. */
import { SEGMENT_SECONDS, type Segment } from "./mp3.ts";

/** The name of segment `number`, from 0; players of earlier versions ask for no other. */
const nameOf = (number: number) => `segment_${String(number).padStart(3, "0")}.ts`;

/** The segment's number; undefined for any other name. */
export function segmentNumber(name: string): number | undefined {
    const [, digits] = /^segment_(\d{3,6})\.ts$/.exec(name) ?? [];
    return digits === undefined ? undefined : Number(digits);
}

/** The playlist of `segments`; one that is not complete grows at its end. */
export function playlistOf(segments: Segment[], complete: boolean): string {
    return [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        `#EXT-X-TARGETDURATION:${SEGMENT_SECONDS}`,
        "#EXT-X-MEDIA-SEQUENCE:0",
        `#EXT-X-PLAYLIST-TYPE:${complete ? "VOD" : "EVENT"}`,
        // A player would begin near the end of what still grows.
        "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES",
        ...segments.flatMap(({ seconds }, number) => [`#EXTINF:${seconds.toFixed(3)},`, nameOf(number)]),
        ...(complete ? ["#EXT-X-ENDLIST"] : []),
        "",
    ].join("\n");
}

/** A playlist of the earlier service with nothing but the names of its segments, wherever it says that they are. */
export function withNamesOnly(playlist: string): string {
    return playlist
        .split(/\r?\n/)
        .map((entry) => (entry.startsWith("#") ? entry : (entry.split("?")[0]?.split("/").at(-1) ?? "")))
        .join("\n");
}

/** How long a playlist plays, and of how many segments it is. */
export function lengthOf(playlist: string): { seconds: number; segments: number } {
    const lengths = [...playlist.matchAll(/^#EXTINF:([\d.]+)/gm)].map(([, seconds]) => Number(seconds));
    return { seconds: lengths.reduce((sum, seconds) => sum + seconds, 0), segments: lengths.length };
}
