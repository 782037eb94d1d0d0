import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Agent } from "./progress.ts";
import { expectedTimes, keepTime } from "./times.ts";

/** The estimated time left, by the agents' last durations in this browser. Empty without these. */
export function TimeLeft({ agents }: { agents: Agent[] }) {
    const { t } = useTranslation();
    const [expected] = useState(expectedTimes);
    const now = useNow();
    const done = agents.filter(({ milliseconds }) => milliseconds !== undefined);
    useEffect(() => {
        for (const { id, milliseconds = 0 } of done) {
            keepTime(id, milliseconds);
        }
    }, [done]);

    const open = agents.filter(({ state }) => state !== "done");
    if (open.length === 0 || open.some(({ id }) => expected[id] === undefined)) {
        return null;
    }
    const left = open.map(({ id, since }) => (expected[id] ?? 0) - (since === undefined ? 0 : now - since));
    const isLate = left.some((milliseconds) => milliseconds < 0);
    const minutes = Math.round(left.reduce((sum, one) => sum + Math.max(0, one), 0) / 60_000);
    const words =
        minutes === 0
            ? t("Less than a minute, if it goes as the last time")
            : t("About {{count}} minutes, if it goes as the last time", { count: minutes });
    return <p className="note left">{isLate ? t("It takes longer than the last time") : words}</p>;
}

function useNow(): number {
    const [now, setNow] = useState(() => performance.now());
    useEffect(() => {
        const timer = setInterval(() => setNow(performance.now()), 5_000);
        return () => clearInterval(timer);
    }, []);
    return now;
}
