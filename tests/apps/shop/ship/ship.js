const {SQSClient, ReceiveMessageCommand, GetQueueAttributesCommand} = require('@aws-sdk/client-sqs');
const sqs = new SQSClient({});
const QueueUrl = process.env.SHIPMENTS;

exports.handler = async (event) => {
  if (event.look) {
    const {Attributes} = await sqs.send(new GetQueueAttributesCommand({QueueUrl, AttributeNames: ['ApproximateNumberOfMessages']}));
    return Number(Attributes.ApproximateNumberOfMessages);
  }
  const {Messages} = await sqs.send(new ReceiveMessageCommand({QueueUrl}));
  return {statusCode: 200, body: Messages ? Messages[0].Body : 'nothing to ship'};
};
