import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { regenerateImage, regenerateSegment } from "./api.ts";
import { Change } from "./Change.tsx";
import { allLines, firstLines, picturesOf, type ShownStory } from "./reading/chapters.ts";
import { picturesInSight } from "./reading/inSight.ts";
import { Lines, speakerStyles } from "./reading/Lines.tsx";

interface ChaptersProps {
    story: ShownStory;
    /** Addresses of the pictures. */
    images: string[];
    /** Allows single parts to be regenerated. */
    edit?: {
        id: string;
        /** Shows the regenerated part. */
        onChange: (part: "segment" | "picture") => Promise<void>;
    };
    /** The number of the line that is playing. */
    heard?: number;
    /** The story's language. */
    language: string | undefined;
}

/** The chapters, each beside its picture. */
export function Chapters({ story, images, edit, heard, language }: ChaptersProps) {
    const { t } = useTranslation();
    const [isFirstThere, setFirstThere] = useState(false);
    const chapters = story.structured_story?.chapters ?? [];
    const styleOf = speakerStyles(allLines(chapters));
    const firsts = firstLines(chapters);
    const pictures = picturesOf(story, images);
    const firstPicture = pictures.findIndex((picture) => picture?.address);
    const hasPicture = firstPicture >= 0;
    useEffect(() => {
        if (hasPicture) {
            void picturesInSight().then(() => setFirstThere(true));
        }
    }, [hasPicture]);
    const isShown = (index: number) => isFirstThere || index === firstPicture;
    return chapters.map((chapter, index) => {
        const heading = `chapter-${chapter.chapter_number}`;
        const picture = pictures[index];
        return (
            <section key={chapter.chapter_number} className="chapter" aria-labelledby={heading}>
                <h2 id={heading}>
                    <span className="note">{t("Chapter {{number}}", { number: chapter.chapter_number })}</span>{" "}
                    <span dir="auto" lang={language}>
                        {chapter.title}
                    </span>
                </h2>
                {picture && (
                    <figure>
                        {picture.address && isShown(index) ? (
                            <img
                                src={picture.address}
                                alt={t("Chapter {{number}}: {{title}}", {
                                    number: chapter.chapter_number,
                                    title: chapter.title,
                                })}
                                width="1024"
                                height="1024"
                                loading={index === firstPicture ? "eager" : "lazy"}
                                fetchPriority={index === firstPicture ? "high" : "auto"}
                            />
                        ) : (
                            <div className="coming" />
                        )}
                        {edit && (
                            <figcaption>
                                <Change
                                    what={t("picture {{number}}", { number: chapter.chapter_number })}
                                    apply={(wish) => regenerateImage(edit.id, picture.number, wish)}
                                    done={() => edit.onChange("picture")}
                                />
                            </figcaption>
                        )}
                    </figure>
                )}
                <Lines
                    lines={chapter.lines}
                    first={firsts[index] ?? 1}
                    styleOf={styleOf}
                    heard={heard}
                    language={language}
                    behind={
                        edit
                            ? (number) => (
                                  <Change
                                      what={t("line {{number}}", { number })}
                                      apply={(wish) => regenerateSegment(edit.id, number, wish)}
                                      done={() => edit.onChange("segment")}
                                  />
                              )
                            : undefined
                    }
                />
            </section>
        );
    });
}
