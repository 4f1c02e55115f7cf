import { memo } from "react"
import { Button } from "@/components/ui/button"

function Questions({ props, sendUserMessage }) {
  return (
    <div className={`not-prose flex gap-2 ${props.questions.some((question) => typeof question === "string") ? "flex-col items-start" : "flex-row flex-wrap items-center"}`}>
      {props.title ? <div className="text-sm text-muted-foreground">{props.title}</div> : null}
      {props.questions.map((question) => (typeof question === "string" ? [question, question] : question)).map(([title, message]) => (
        <Button key={message} variant="outline" size="sm" className="h-auto py-1.5 whitespace-normal text-left" onClick={() => sendUserMessage(message)}>
          {title}
        </Button>
      ))}
    </div>
  )
}

const Same = hub.once("Questions", () => memo(Questions))
export default <Same props={props} sendUserMessage={sendUserMessage} />
