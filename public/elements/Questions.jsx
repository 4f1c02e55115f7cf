import { Button } from "@/components/ui/button"

export default function Questions() {
  return (
    <div className={`not-prose flex gap-2 items-start ${props.questions.some((question) => typeof question === "string") ? "flex-col" : "flex-row flex-wrap"}`}>
      {props.title ? <div className="text-sm text-muted-foreground">{props.title}</div> : null}
      {props.questions.map((question) => (typeof question === "string" ? [question, question] : question)).map(([title, message]) => (
        <Button key={message} variant="outline" size="sm" className="h-auto py-1.5 whitespace-normal text-left" onClick={() => sendUserMessage(message)}>
          {title}
        </Button>
      ))}
    </div>
  )
}
