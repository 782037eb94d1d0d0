import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { StoryDetail } from "./api.ts";
import { Problem } from "./Problem.tsx";

interface MissingPicturesProps {
    story: StoryDetail;
    isBeingDrawn: boolean;
    /** The error of the last attempt. */
    error: unknown;
    /** Returns when the story shows what has been drawn. */
    draw: () => Promise<void>;
}

/** Offers to draw the pictures that a finished story lacks. Empty while it lacks none, unless these have just been drawn. */
export function MissingPictures({ story, isBeingDrawn, error, draw }: MissingPicturesProps) {
    const { t } = useTranslation();
    const [wasAsked, setAsked] = useState(false);
    const told = useRef<HTMLParagraphElement>(null);
    const { lacks_pictures: isLacking, structured_story: written, illustrated_chapters: illustrated } = story;
    if (!isLacking && !wasAsked) {
        return null;
    }
    async function ask() {
        await draw();
        setAsked(true);
        // The button may be gone.
        told.current?.focus();
    }
    const count = (written?.chapters.length ?? 0) - illustrated.length;
    const state = isBeingDrawn
        ? t("The missing pictures are being drawn. That takes a minute or two; you may close this page.")
        : !isLacking
          ? t("Now every chapter has its picture.")
          : wasAsked && error === undefined
            ? t("{{count}} pictures could not be drawn this time either.", { count })
            : t("{{count}} pictures are missing.", { count });
    return (
        <section className="card offer" aria-label={t("Missing pictures")}>
            <p role="status" ref={told} tabIndex={-1}>
                {state}
            </p>
            {(isLacking || isBeingDrawn) && (
                <button type="button" onClick={ask} disabled={isBeingDrawn}>
                    {isBeingDrawn ? t("Drawing…") : t("Draw the missing pictures")}
                </button>
            )}
            <Problem error={error} />
        </section>
    );
}
