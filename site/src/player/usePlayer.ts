import { type SyntheticEvent, useEffect, useMemo, useRef, useState } from "react";
import type { AudioState, Line } from "../api.ts";
import { cuesOf, lineAt } from "./cues.ts";

/** The sleep timer: the seconds left, or the number of the line before which playback stops. */
export type Sleep = { seconds: number } | { beforeLine: number } | undefined;

export type Player = ReturnType<typeof usePlayer>;

/** The state of playback; `audio` are the attributes of the `<audio>` element. */
export function usePlayer(lines: Line[], timeline: AudioState["timeline"]) {
    const element = useRef<HTMLAudioElement>(null);
    const [time, setTime] = useState(0);
    const [duration, setDuration] = useState(0);
    const [isPlaying, setPlaying] = useState(false);
    const [hasBegun, setBegun] = useState(false);
    const [rate, setRate] = useState(1);
    const [sleep, setSleep] = useState<Sleep>();
    const cues = useMemo(() => (timeline ? cuesOf(lines, timeline) : []), [lines, timeline]);
    const heard = hasBegun ? lineAt(cues, time) : undefined;

    const pause = () => element.current?.pause();
    const seek = (to: number) => {
        const it = element.current;
        if (it) {
            it.currentTime = Math.max(0, Math.min(to, it.duration || to));
            setTime(it.currentTime);
            setBegun(true);
        }
    };
    const toggle = () => {
        const it = element.current;
        if (it) {
            it.paused ? void it.play().catch(() => undefined) : it.pause();
        }
    };
    const changeRate = (to: number) => {
        if (element.current) {
            element.current.playbackRate = to;
        }
        setRate(to);
    };

    const isAsleep =
        sleep !== undefined &&
        ("seconds" in sleep ? sleep.seconds <= 0 : heard !== undefined && heard >= sleep.beforeLine);
    useEffect(() => {
        if (isAsleep) {
            element.current?.pause();
            setSleep(undefined);
        }
    }, [isAsleep]);
    const isCounting = isPlaying && sleep !== undefined && "seconds" in sleep;
    useEffect(() => {
        if (!isCounting) {
            return;
        }
        const timer = setInterval(
            () => setSleep((left) => (left && "seconds" in left ? { seconds: left.seconds - 1 } : left)),
            1000,
        );
        return () => clearInterval(timer);
    }, [isCounting]);

    const audio = {
        ref: element,
        onTimeUpdate: ({ currentTarget: it }: SyntheticEvent<HTMLAudioElement>) => setTime(it.currentTime),
        onLoadedMetadata: ({ currentTarget: it }: SyntheticEvent<HTMLAudioElement>) => {
            it.playbackRate = rate;
            setDuration(it.duration);
            // A new address of the same recording continues at the previous position.
            if (hasBegun && time < it.duration) {
                it.currentTime = time;
            }
        },
        onPlay: () => {
            setPlaying(true);
            setBegun(true);
        },
        onPause: () => setPlaying(false),
    };
    return { audio, time, duration, isPlaying, rate, sleep, cues, heard, pause, seek, toggle, changeRate, setSleep };
}
