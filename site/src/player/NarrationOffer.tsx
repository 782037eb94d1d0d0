import { useTranslation } from "react-i18next";
import { Problem } from "../Problem.tsx";
import type { Narration } from "./useNarration.ts";

interface NarrationOfferProps {
    narration: Narration;
    /** Whether there is one, before its state is known. */
    isThere: boolean;
}

/** Starts the narration and shows its progress. Empty once the narration is ready. */
export function NarrationOffer({ narration, isThere }: NarrationOfferProps) {
    const { t } = useTranslation();
    const { state, error, isWorking, isReady, isOutdated, record } = narration;
    if ((isReady || (isThere && !state)) && !isOutdated && error === undefined) {
        return null;
    }
    const percent = Math.round(state?.progress ?? 0);
    const isBroken = state?.status === "failed" || state?.status === "interrupted";
    return (
        <section className="card narration" aria-label={t("Narration")}>
            {isWorking && (
                <>
                    <p role="status">{t("Recording the narration… {{percent}} %", { percent })}</p>
                    <progress max={100} value={percent} aria-label={t("Progress of the narration")} />
                </>
            )}
            {state && !isWorking && !isReady && (
                <div className="offer">
                    <p>{isBroken ? t(state.message ?? "") : t("Each character gets a voice of their own.")}</p>
                    <button type="button" onClick={record}>
                        {t("Narrate this story")}
                    </button>
                </div>
            )}
            {isReady && isOutdated && (
                <div className="offer">
                    <p>{t("The story has changed since it was recorded.")}</p>
                    <button type="button" className="quiet" onClick={record}>
                        {t("Record it again")}
                    </button>
                </div>
            )}
            <Problem error={error} />
        </section>
    );
}
