import { useTranslation } from "react-i18next";
import { Problem } from "../Problem.tsx";
import { usePage } from "../page.ts";
import { Emerging } from "./Emerging.tsx";
import type { Progress } from "./progress.ts";
import { TimeLeft } from "./TimeLeft.tsx";

const STATES = { waiting: "waiting", working: "working", done: "done" };

interface PipelineProgressProps {
    progress: Progress;
    /** The story that is being made, once the service has it. */
    id?: string;
    /** Stops the story; it can't be stopped before the service has it. */
    onStop?: () => void;
    isStopping?: boolean;
    /** The error of a failed stop. */
    error?: unknown;
}

export function PipelineProgress({ progress, id, onStop, isStopping, error }: PipelineProgressProps) {
    const { t, i18n } = useTranslation();
    /** The agents' texts are English: a text without a translation is replaced by the site's own. */
    const translated = (text: string | undefined, otherwise: string) =>
        t(text && (i18n.language === "en" || i18n.exists(text)) ? text : otherwise);
    const heading = usePage(t("Your story is being made"));
    const done = progress.agents.filter(({ state }) => state === "done").length;
    return (
        <section className="page making">
            <h1 ref={heading} tabIndex={-1}>
                {t("Your story is being made")}
            </h1>
            <div className="card">
                <div className="meter">
                    <progress max={100} value={progress.percent} aria-label={t("Progress of the story")} />
                    <span>{progress.percent} %</span>
                </div>
                <p role="status" className="now">
                    {translated(progress.message, "Your story is growing")}
                </p>
                <TimeLeft agents={progress.agents} />
                <ol className="steps">
                    {progress.agents.map((agent) => (
                        <li key={agent.id} className={agent.state}>
                            <strong>{t(agent.name)}</strong>
                            <span className="note">{translated(agent.activity, STATES[agent.state])}</span>
                            {agent.warnings?.map((warning) => (
                                <span key={warning} className="note warning">
                                    {t(warning)}
                                </span>
                            ))}
                        </li>
                    ))}
                </ol>
                {id && (
                    <p className="note leave">
                        {t("You may close this page: the story goes on without it, and waits under My stories.")}
                    </p>
                )}
                <button type="button" className="quiet" onClick={onStop} disabled={!onStop || isStopping}>
                    {isStopping ? t("Stopping…") : t("Stop")}
                </button>
                <Problem error={error} />
            </div>
            {id && <Emerging id={id} after={done} />}
        </section>
    );
}
