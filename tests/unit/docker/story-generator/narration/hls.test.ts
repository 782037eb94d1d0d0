import { expect } from "chai";
import {
    lengthOf,
    playlistOf,
    segmentNumber,
    withRelativeNames,
} from "../../../../../docker/story-generator/narration/hls.ts";
import { segmentsOf } from "../../../../../docker/story-generator/narration/mp3.ts";

describe("an HLS playlist", () => {
    it("names its segments, and ends when the narration does", () => {
        const segments = segmentsOf([{ key: "k", bytes: 144 * 300, pause: 0 }]);
        const growing = playlistOf(segments, false).split("\n");
        expect(growing[0]).to.equal("#EXTM3U");
        expect(growing).to.include.members(["#EXTINF:6.000,", "segment_000.ts", "#EXTINF:1.200,", "segment_001.ts"]);
        expect(growing).to.not.include("#EXT-X-ENDLIST");
        expect(playlistOf(segments, true)).to.include("#EXT-X-ENDLIST");
        expect(lengthOf(playlistOf(segments, true))).to.deep.equal({ seconds: 7.2, segments: 2 });
    });

    it("of the earlier service has names alone, wherever it led", () => {
        const old = "#EXTM3U\r\n#EXTINF:9.5,\r\nhttps://b.example/x/segment_000.ts?X-Amz=1\r\n#EXT-X-ENDLIST\r\n";
        expect(withRelativeNames(old)).to.equal("#EXTM3U\n#EXTINF:9.5,\nsegment_000.ts\n#EXT-X-ENDLIST\n");
    });

    it("has segments by no other names", () => {
        expect(["segment_000.ts", "segment_1234.ts"].map(segmentNumber)).to.deep.equal([0, 1234]);
        for (const name of ["stream.m3u8", "segment_1.ts", "../segment_000.ts", "segment_000.mp3", "full.wav"]) {
            expect(segmentNumber(name), name).to.equal(undefined);
        }
    });
});
