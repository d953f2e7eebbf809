"""What nbgrader on this machine has to know, whoever asks; setup.sh fills in the two names in capitals."""

c = get_config()  # noqa: F821 (nbgrader defines it)

c.CourseDirectory.course_id = "COURSE"
c.Exchange.root = "EXCHANGE"

# The folders of the exchange are there already, with the modes that setup.sh has given them. Otherwise
# nbgrader insists on an exchange that everybody may write to as a whole.
c.CourseDirectory.groupshared = True
